//! How long compiling takes: `cargo test --release --test compiler -- --ignored --nocapture speed`.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

#[test]
#[ignore = "a measurement"]
fn speed_of_a_plan_of_twenty_verbs() {
    let db = database();
    let plan = frame::frame(
        "table u ; where z > 5 ; select id, k, z ; as u ; table t ; where x > 0 ; withColumn a = x + 1 ; withColumn b = a * 2 ; select id, k, x, a, b
         where b > 2 ; rename b to c ; alias t ; join u left on t.k = u.k ; select t.id, t.k, a, c, z ; fillna 0 ; where c < 100
         groupBy k : sum(a) as a, max(c) as c, count(*) as n ; where n > 0 ; withColumn share = a / sum(a) over () ; withColumn r = rank() over (order by share desc)
         where r < 10 ; drop r ; orderBy share desc ; limit 5",
    );
    let mut times: Vec<f64> = (0..500)
        .map(|_| {
            let start = std::time::Instant::now();
            compiled(&db, &plan, true).unwrap();
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{} nodes: median {:.0} µs, 95th percentile {:.0} µs", plan.nodes.len(), times[250], times[475]);
}
