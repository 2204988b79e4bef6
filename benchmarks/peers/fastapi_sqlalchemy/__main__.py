"""`python -m benchmarks.peers.fastapi_sqlalchemy`: uvicorn with as many workers as we have."""

import os

import uvicorn

from service.lifeline import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    uvicorn.run(
        "benchmarks.peers.fastapi_sqlalchemy.app:app",
        host="127.0.0.1",
        port=int(os.environ["GONGJI_PORT"]),
        workers=int(os.environ["GONGJI_API_WORKERS"]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
