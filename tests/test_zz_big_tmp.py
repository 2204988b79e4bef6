import resource, time, tracemalloc
from datetime import timedelta
from service.domain.calendar import business_date
from service.flows.close_day import close_day
from service.flows.reconcile_day import reconcile_day
from tests.book_scenes import *
from tests.conftest import *

async def test_big(world):
    day = yesterday(world)
    async with world.database.survey() as tx:
        assert await tx.connection.fetchval("SHOW statement_timeout") == "0"
    async with world.database.read() as tx:
        assert await tx.connection.fetchval("SHOW statement_timeout") == "15s"
    n = 300_000
    async with world.database.read() as tx:
        await tx.connection.execute(f"""SET statement_timeout=0;
        INSERT INTO ledger.account SELECT md5(i::text)::uuid, 5,0,1,1,now() FROM generate_series(1,{n}) i;
        INSERT INTO ledger.transfer SELECT md5(i::text)::uuid, md5('t'||i)::uuid, md5('j')::uuid,'single','credit',NULL,NULL,'fund:1',5,NULL,NULL,'{day}',now() FROM generate_series(1,{n}) i;
        INSERT INTO ledger.entry SELECT md5(i::text)::uuid, 1, md5('t'||i)::uuid,'fund:1',5,5,'{day}' FROM generate_series(1,{n}) i; SET statement_timeout='15s'""", timeout=300)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    t=time.time(); assert await close_day(world) == 1
    print("close", time.time()-t, before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    t=time.time(); print(await faults(world)); print("check", time.time()-t)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    lines=[f"H53060200001,m{i},{day},1000,600,0" for i in range(200_000)]
    data=statement(*lines); del lines
    from tests.counter_scenes import institution
    await institution(world)
    async with world.database.read() as tx:
        await tx.connection.execute(f"""INSERT INTO settlement SELECT md5('b'||i)::uuid, md5('s'||i)::uuid, 'H53060200001','m'||i,'outpatient',1000,0,600,0,400,0,0,'','{day}',now() FROM generate_series(0,199990) i""", timeout=100)
    t=time.time(); done=await reconcile_day(world, lambda:[data], day=day); print("reconcile", time.time()-t, len(done.found))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
