"""Programs that others wrote, run unmodified against our stand-ins. Not part of the test run."""
