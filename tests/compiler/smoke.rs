use super::*;
use frame::frame;

#[test]
fn smoke() {
    let db = database();
    for source in [
        "table t",
        "table t ; select x, x + 1 as y2 ; where y2 > 2",
        "table t ; where x > 1 ; withColumn x = x * 2 ; where x > 4",
        "table t ; groupBy k : sum(x) as s, count(*) as n ; where s > 2 ; orderBy s desc ; limit 2",
        "table u ; as u ; table t ; join u using k ; select t.id, z",
        "table u ; where ok ; as u ; table t ; join u left on t.k = u.k ; where z is null",
        "table u ; as u ; table t ; join u semi on t.k = u.k and u.z > 10",
        "table u ; as u ; table t ; join u anti using k",
        "table t ; limit 3 ; where x > 1",
        "table t ; orderBy id desc ; limit 3 ; orderBy id",
        "table t ; select k ; distinct ; orderBy k",
        "table t ; select x ; as a ; table u ; select z ; union a ; orderBy z ; limit 3",
        "table t ; rename x to X ; drop y, d ; toDF a, b, c",
        "table t ; withColumn r = row_number() over (partition by k order by id) ; where r = 1 ; withColumn s = x / 2",
        "table e ; alias b ; as b ; table e ; alias e ; join b on e.boss = b.id ; select e.name, b.name as boss",
        "table t ; rollup k : sum(x) as s, grouping_id() as g",
        "table t ; pivot k by x in 1, 2 : sum(y)",
        "table w ; unpivot id : a, b",
        "table w ; select id, explode(list) as v",
        "table t ; describe x, k",
        "table t ; tail 2",
        "table t ; dropDuplicates k",
        "table e ; where boss is null ; select id, 0 as level ; as base ; step r ; as r ; table e ; as e ; from r ; join e on r.id = e.boss ; select e.id, level + 1 as level ; recursive r base",
        "table u ; alias u ; where u.k = t.k ; as s ; table t ; alias t ; exists s",
        "table u ; select k ; as s ; table t ; notIn k s",
        "table t ; where x > 1 ; as f ; from f ; union f ; groupBy k : count(*) as n",
        "table t ; select x ; as a ; table u ; select z ; intersectAll a",
        "table t ; fillna 0 ; dropna ; replace 'a', 'A'",
    ] {
        let plan = frame(source);
        for merge in [true, false] {
            match compiled(&db, &plan, merge) {
                Ok(query) => {
                    println!("{source}\n  {}\n  {:?}", query.sql, query.params);
                    println!("  {:?}", db.query(&query.sql, &query.params).map(|r| r.len()));
                }
                Err(e) => println!("{source}\n  ERROR {:?} {e} {:?}", e.code(), e.report().hint),
            }
        }
    }
}
