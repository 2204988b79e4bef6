"""The nouns and their rules: values in, values out. No input or output, no clock, no await."""
