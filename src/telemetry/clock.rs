//! The only clock of the crate: `std::time` panics on wasm32-unknown-unknown, JavaScript's clock does not exist natively.

/// Seconds on a clock that never goes back; only differences mean anything.
pub fn monotonic_s() -> f64 {
    platform::monotonic_s()
}

/// Seconds since 1970-01-01 00:00:00 UTC.
pub fn unix_s() -> f64 {
    platform::unix_s()
}

#[cfg(not(target_family = "wasm"))]
mod platform {
    use std::sync::OnceLock;
    use std::time::{Instant, SystemTime, UNIX_EPOCH};

    pub fn monotonic_s() -> f64 {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_secs_f64()
    }

    pub fn unix_s() -> f64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
    }
}

#[cfg(target_family = "wasm")]
mod platform {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = performance, js_name = now)]
        fn performance_now() -> f64;
    }

    pub fn monotonic_s() -> f64 {
        performance_now() / 1000.0
    }

    pub fn unix_s() -> f64 {
        js_sys::Date::now() / 1000.0
    }
}
