//! A mutational fuzzer in small: seeded, so that a failure can be had again; on stable Rust, without instrumentation.
//!
//! Inputs come from a committed corpus. Each round takes one, changes it a few times, and hands it to the target, which checks what must
//! hold. The input of the round is written down first when a run is long, so that even an abort leaves it behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// xorshift64*: good enough here, and the same everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Below `n`; 0 if `n` is.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.next() >> 11) as usize % n }
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

pub fn corpus(name: &str) -> Vec<Vec<u8>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/robust/corpus").join(name);
    let mut files: Vec<PathBuf> = fs::read_dir(&dir).expect("the corpus is there").map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "the corpus {name} is empty");
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Runs `target` on changed inputs for a while. `change` makes an input of the corpus into another.
pub fn run(name: &str, change: impl Fn(&mut Random, &[Vec<u8>]) -> Vec<u8>, mut target: impl FnMut(&[u8])) {
    let seconds: f64 = std::env::var("FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(1.0);
    let seed: u64 = std::env::var("FUZZ_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_241_231);
    if std::env::var("FUZZ_TARGET").is_ok_and(|wanted| wanted != name) {
        return;
    }
    let inputs = corpus(name);
    for input in &inputs {
        target(input);
    }
    let last = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}.last"));
    let keeps = seconds > 5.0;
    let mut random = Random::new(seed);
    let start = Instant::now();
    let mut rounds = 0_u64;
    while start.elapsed() < Duration::from_secs_f64(seconds) {
        let input = change(&mut random, &inputs);
        if keeps {
            fs::write(&last, &input).unwrap();
        }
        let begun = Instant::now();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| target(&input)));
        if outcome.is_err() || begun.elapsed() > Duration::from_secs(10) {
            let file = last.with_extension("failed");
            fs::write(&file, &input).unwrap();
            panic!(
                "{name}: round {rounds} of seed {seed} failed after {:?} on {:?}, kept in {}",
                begun.elapsed(),
                String::from_utf8_lossy(&input),
                file.display()
            );
        }
        rounds += 1;
    }
    eprintln!("fuzz {name}: {rounds} rounds in {:.0} s, seed {seed}", start.elapsed().as_secs_f64());
}

/// Changes the bytes of an input a few times.
pub fn change_some(random: &mut Random, inputs: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut bytes = random.pick(inputs).clone();
    for _ in 0..=random.below(8) {
        change_bytes(random, &mut bytes, inputs, words);
    }
    bytes
}

/// What is read of an input is the same, byte by byte and in two pieces; gives that.
pub fn in_any_pieces(random: &mut Random, input: &[u8], options: &str, read: impl Fn(&[&[u8]]) -> String) -> String {
    let whole = read(&[input]);
    let single: Vec<&[u8]> = input.chunks(1).collect();
    assert_eq!(read(&single), whole, "{options}, byte by byte");
    let cut = random.below(input.len() + 1);
    let (left, right) = input.split_at(cut);
    assert_eq!(read(&[left, right]), whole, "{options}, cut at {cut}");
    whole
}

/// Changes bytes: cut, double, swap in from another input, flip, insert one of `words`.
pub fn change_bytes(random: &mut Random, input: &mut Vec<u8>, others: &[Vec<u8>], words: &[&str]) {
    let len = input.len();
    let at = random.below(len + 1);
    let size = random.below(12).min(len - at);
    match random.below(7) {
        0 => {
            input.drain(at..at + size);
        }
        1 => {
            let part = input[at..at + size].to_vec();
            for _ in 0..=random.below(3) {
                input.splice(at..at, part.iter().copied());
            }
        }
        2 => {
            let other = random.pick(others);
            let from = random.below(other.len() + 1);
            let to = (from + random.below(40)).min(other.len());
            input.splice(at..at + size, other[from..to].iter().copied());
        }
        3 if len > 0 => {
            let at = random.below(len);
            input[at] ^= 1 << random.below(8);
        }
        4 => input.insert(at, random.below(256) as u8),
        _ => {
            let word = random.pick(words).as_bytes();
            input.splice(at..at + size.min(random.below(6)), word.iter().copied());
        }
    }
    input.truncate(20_000);
}
