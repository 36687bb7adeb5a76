//! The allocator of the module: Rust's own (dlmalloc), but linear memory grows in large steps.
//!
//! The standard library's grows by what one allocation lacks, often a page of 64 KB, and engines pay for each growth: loading a
//! million rows took more than twice as long. Pages that nobody has touched cost address space only.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;

use core::arch::wasm32;
use dlmalloc::Dlmalloc;

const PAGE: usize = 64 * 1024;
/// The first steps.
const MIN_STEP: usize = 2 << 20;
/// Later ones: a quarter of what there is, up to this.
const MAX_STEP: usize = 128 << 20;

struct LinearMemory;

fn grow(n_pages: usize) -> Option<usize> {
    let before = wasm32::memory_grow(0, n_pages);
    (before != usize::MAX).then_some(before * PAGE)
}

// SAFETY: regions come from `memory.grow`, are never given twice and never taken back.
unsafe impl dlmalloc::Allocator for LinearMemory {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        let needed = size.div_ceil(PAGE);
        let step = (wasm32::memory_size(0) * PAGE / 4).clamp(MIN_STEP, MAX_STEP) / PAGE;
        // Near the limit of 4 GB, or of what the host gives, only what is needed.
        let grown = grow(needed.max(step)).map(|base| (base, needed.max(step))).or_else(|| grow(needed).map(|base| (base, needed)));
        match grown {
            Some((base, n_pages)) => {
                let length = n_pages * PAGE;
                // The last bytes of the address space stay unused: a pointer past them would wrap to null.
                let length = if base.wrapping_add(length) == 0 { length - 16 } else { length };
                (base as *mut u8, length, 0)
            }
            None => (std::ptr::null_mut(), 0, 0),
        }
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        std::ptr::null_mut()
    }

    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }

    fn free(&self, _: *mut u8, _: usize) -> bool {
        false
    }

    fn can_release_part(&self, _: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        true
    }

    fn page_size(&self) -> usize {
        PAGE
    }
}

struct Heap(UnsafeCell<Dlmalloc<LinearMemory>>);

// SAFETY: an instance of the module has one thread: it is built without shared memory.
unsafe impl Sync for Heap {}

// SAFETY: dlmalloc keeps the contract of `GlobalAlloc`; calls do not nest, for it allocates nothing through us.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { (*self.0.get()).malloc(layout.size(), layout.align()) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { (*self.0.get()).calloc(layout.size(), layout.align()) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { (*self.0.get()).free(pointer, layout.size(), layout.align()) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        unsafe { (*self.0.get()).realloc(pointer, layout.size(), layout.align(), new_size) }
    }
}

#[global_allocator]
static HEAP: Heap = Heap(UnsafeCell::new(Dlmalloc::new_with_allocator(LinearMemory)));
