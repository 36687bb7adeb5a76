//! A histogram of durations with logarithmic buckets: a fixed few kilobytes whatever is counted, quantiles within 3.2 %.

/// Buckets per doubling. The middle of a bucket is at most 1/32 of its value away from either edge.
const STEPS: usize = 16;
/// The smallest duration told apart: 2^-24 s, about 60 ns. Shorter ones fall into the first bucket.
const LOWEST_EXPONENT: i32 = -24;
/// The longest: 2^14 s, four and a half hours. Longer ones fall into the last bucket.
const OCTAVES: usize = 38;
const N_BUCKETS: usize = OCTAVES * STEPS;

#[derive(Debug, Clone)]
pub struct Histogram {
    buckets: Box<[u32; N_BUCKETS]>,
    count: u64,
    sum: f64,
    min: f64,
    max: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram { buckets: Box::new([0; N_BUCKETS]), count: 0, sum: 0.0, min: f64::INFINITY, max: 0.0 }
    }
}

/// The exponent and the first four bits of the mantissa are the bucket's number.
fn bucket_of(seconds: f64) -> usize {
    let bits = seconds.to_bits();
    let exponent = (bits >> 52) as i32 - 1023;
    if exponent < LOWEST_EXPONENT {
        return 0;
    }
    let octave = (exponent - LOWEST_EXPONENT) as usize;
    (octave * STEPS + ((bits >> 48) & 15) as usize).min(N_BUCKETS - 1)
}

fn middle_of(bucket: usize) -> f64 {
    let octave = (bucket / STEPS) as i32 + LOWEST_EXPONENT;
    let step = (bucket % STEPS) as f64 + 0.5;
    2f64.powi(octave) * (1.0 + step / STEPS as f64)
}

impl Histogram {
    /// Negative durations and NaN count as zero: a clock may be set back.
    pub fn record(&mut self, seconds: f64) {
        let seconds = if seconds > 0.0 { seconds } else { 0.0 };
        if let Some(bucket) = self.buckets.get_mut(bucket_of(seconds)) {
            *bucket = bucket.saturating_add(1);
        }
        self.count += 1;
        self.sum += seconds;
        self.min = self.min.min(seconds);
        self.max = self.max.max(seconds);
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum / self.count as f64 }
    }

    pub fn max(&self) -> f64 {
        self.max
    }

    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Adds what another one has counted.
    pub fn merge(&mut self, other: &Histogram) {
        for (mine, theirs) in self.buckets.iter_mut().zip(other.buckets.iter()) {
            *mine = mine.saturating_add(*theirs);
        }
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The duration that a share `q` of all recorded ones does not exceed; 0 when nothing is recorded.
    pub fn quantile(&self, q: f64) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        let rank = ((self.count as f64 * q).ceil() as u64).clamp(1, self.count);
        let mut seen = 0u64;
        for (bucket, n) in self.buckets.iter().enumerate() {
            seen += u64::from(*n);
            if seen >= rank {
                return middle_of(bucket).clamp(self.min, self.max);
            }
        }
        self.max
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn quantiles_are_within_the_width_of_a_bucket() {
        let mut histogram = Histogram::default();
        for i in 1..=10_000 {
            histogram.record(f64::from(i) * 1e-5);
        }
        for (q, exact) in [(0.5, 0.05), (0.95, 0.095), (0.99, 0.099)] {
            let got = histogram.quantile(q);
            assert!((got - exact).abs() / exact < 0.032, "p{q}: {got} instead of {exact}");
        }
        assert_eq!(histogram.max(), 0.1);
        assert!((histogram.mean() - 0.050005).abs() < 1e-9);
    }

    #[test]
    fn extremes_stay_inside() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.99), 0.0);
        for odd in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300, 1e-300] {
            histogram.record(odd);
        }
        assert_eq!(histogram.count(), 6);
        assert!(histogram.quantile(0.5) >= 0.0);
    }

    #[test]
    fn one_value_is_every_quantile() {
        let mut histogram = Histogram::default();
        histogram.record(0.123);
        assert_eq!((histogram.quantile(0.01), histogram.quantile(0.99)), (0.123, 0.123));
    }
}
