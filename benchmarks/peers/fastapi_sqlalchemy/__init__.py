"""FastAPI + Pydantic + SQLAlchemy 2 async ORM + redis.asyncio: the settlement and the status page
on our tables, written as such a team ordinarily writes them."""
