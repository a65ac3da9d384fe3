//! Blocks are their own for as long as they are out, and chunks come back.
#![expect(unsafe_code, reason = "an allocator is asked as programs ask it")]

use std::alloc::{GlobalAlloc, Layout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

use proptest::prelude::*;

use crate::chunks::chunk_of;
use crate::{Allocator, CHUNK, CHUNKS, within};

/// All that these tests take is taken from it.
#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Some of them take all chunks, and others need one.
static ALONE: Mutex<()> = Mutex::new(());

/// More of these texts than all chunks hold.
const MORE_THAN_ALL: usize = 2 * CHUNK * CHUNKS / TEXT;
const TEXT: usize = CHUNK / 32;

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_in_a_chunk(text: &str) -> bool {
    chunk_of(text.as_ptr().cast_mut()).is_some()
}

fn text(of: char) -> String {
    of.to_string().repeat(TEXT)
}

#[test]
fn results_lie_outside_of_what_the_work_took() {
    let _alone = alone();
    let (inside, result) = within(|| {
        let result = text('a');
        (is_in_a_chunk(&result), result)
    });
    assert!(inside && !is_in_a_chunk(&result));
    assert_eq!(result, text('a'));
    assert!(!is_in_a_chunk(&text('b')), "nothing is taken of a chunk after the work");
}

#[test]
fn work_within_work_is_part_of_it() {
    let _alone = alone();
    let all = within(|| {
        let inner = within(|| text('a'));
        is_in_a_chunk(&inner) && is_in_a_chunk(&text('b'))
    });
    assert!(all);
}

#[test]
fn chunks_are_used_again() {
    let _alone = alone();
    assert!((0..MORE_THAN_ALL).all(|_| within(|| is_in_a_chunk(&text('a')))));
}

#[test]
fn a_chunk_is_used_again_while_a_look_goes_on_if_all_of_it_is_free() {
    let _alone = alone();
    assert!(within(|| (0..MORE_THAN_ALL).all(|_| is_in_a_chunk(&text('a')))));
}

#[test]
fn what_outlives_its_work_stays_as_it_is() {
    let _alone = alone();
    let mut kept = Vec::new();
    for round in 0..MORE_THAN_ALL / 8 {
        let letter = char::from(b'a' + (round % 26) as u8);
        within(|| kept.push(text(letter)));
        within(|| drop((text('#'), text('#'))));
    }
    for (round, kept) in kept.iter().enumerate() {
        assert!(kept.bytes().all(|byte| byte == b'a' + (round % 26) as u8));
    }
}

#[test]
fn without_a_chunk_memory_comes_from_elsewhere() {
    let _alone = alone();
    let mut kept: Vec<String> = Vec::with_capacity(MORE_THAN_ALL);
    within(|| kept.extend((0..MORE_THAN_ALL).map(|_| text('a'))));
    assert!(is_in_a_chunk(&kept[0]) && !is_in_a_chunk(&kept[MORE_THAN_ALL - 1]));
    assert!(kept.iter().all(|kept| kept.bytes().all(|byte| byte == b'a')));
    drop(kept);
    assert!(within(|| is_in_a_chunk(&text('a'))), "what was given back is there again");
}

#[test]
fn others_may_give_back_what_a_work_took() {
    let _alone = alone();
    let (give, take) = mpsc::channel::<String>();
    let other = std::thread::spawn(move || take.iter().all(|text| text.bytes().all(|byte| byte == b'a')));
    let mut inside = 0;
    for _ in 0..MORE_THAN_ALL {
        let text = within(|| {
            let text = text('a');
            inside += usize::from(is_in_a_chunk(&text));
            give.send(text).map_err(|_| "the other thread is there")
        });
        text.expect("it takes them");
    }
    drop(give);
    assert!(other.join().expect("it ends"));
    assert!(inside > 0);
    assert!(within(|| is_in_a_chunk(&text('a'))));
}

#[test]
fn a_panic_ends_the_work_as_well() {
    let _alone = alone();
    let panicked = catch_unwind(AssertUnwindSafe(|| within(|| std::panic::resume_unwind(Box::new(text('a'))))));
    let payload = panicked.map(|()| String::new()).expect_err("it panicked");
    assert!(!is_in_a_chunk(&text('b')));
    assert_eq!(payload.downcast_ref::<String>(), Some(&text('a')));
}

/// A block that is out, all of it filled with one byte.
#[derive(Debug)]
struct Block {
    start: *mut u8,
    layout: Layout,
    filled: u8,
}

// SAFETY: whoever has it is the only one to use it.
unsafe impl Send for Block {}

impl Block {
    fn take(layout: Layout, filled: u8, is_zeroed: bool) -> Self {
        // SAFETY: the layout is not empty, and a block has its size.
        unsafe {
            let start = if is_zeroed { ALLOCATOR.alloc_zeroed(layout) } else { ALLOCATOR.alloc(layout) };
            assert!(!start.is_null() && start.addr() % layout.align() == 0);
            let block = Self { start, layout, filled: 0 };
            assert!(!is_zeroed || block.is_intact());
            start.write_bytes(filled, layout.size());
            Self { filled, ..block }
        }
    }

    fn is_intact(&self) -> bool {
        // SAFETY: it was filled.
        let bytes = unsafe { std::slice::from_raw_parts(self.start, self.layout.size()) };
        bytes.iter().all(|byte| *byte == self.filled)
    }

    fn resize(&mut self, size: usize) {
        assert!(self.is_intact());
        let kept = self.layout.size().min(size);
        // SAFETY: the size is not nothing; what is new of the block is filled before it is read.
        unsafe {
            self.start = ALLOCATOR.realloc(self.start, self.layout, size);
            self.layout = Layout::from_size_align(size, self.layout.align()).expect("it is small");
            self.start.add(kept).write_bytes(self.filled, size - kept);
        }
        assert!(self.is_intact());
    }

    fn give_back(self) {
        assert!(self.is_intact());
        // SAFETY: it is given back as it was taken, once.
        unsafe { ALLOCATOR.dealloc(self.start, self.layout) };
    }
}

#[derive(Debug, Clone)]
enum Step {
    Take {
        size: usize,
        align: u32,
        is_zeroed: bool,
    },
    Resize {
        which: usize,
        size: usize,
    },
    GiveBack {
        which: usize,
    },
    GiveBackLast,
    /// By another thread.
    HandOver {
        which: usize,
    },
}

fn sizes() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 1..200_usize, 3 => 200..9000_usize, 1 => 9000..CHUNK + CHUNK / 2]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (sizes(), 0..8_u32, any::<bool>())
            .prop_map(|(size, align, is_zeroed)| Step::Take { size, align, is_zeroed }),
        2 => (any::<usize>(), sizes()).prop_map(|(which, size)| Step::Resize { which, size }),
        2 => any::<usize>().prop_map(|which| Step::GiveBack { which }),
        2 => Just(Step::GiveBackLast),
        1 => any::<usize>().prop_map(|which| Step::HandOver { which }),
    ];
    proptest::collection::vec(step, 0..60)
}

fn go(steps: Vec<Step>, out: &mut Vec<Block>, count: &mut u8, other: &mpsc::Sender<Block>) {
    for step in steps {
        let among = |which: usize| which.checked_rem(out.len());
        match step {
            Step::Take { size, align, is_zeroed } => {
                *count = count.wrapping_add(1);
                let layout = Layout::from_size_align(size, 1 << align).expect("it is small");
                out.push(Block::take(layout, *count, is_zeroed));
            }
            Step::Resize { which, size } => {
                if let Some(at) = among(which) {
                    out[at].resize(size);
                }
            }
            Step::GiveBack { which } => {
                if let Some(at) = among(which) {
                    out.swap_remove(at).give_back();
                }
            }
            Step::GiveBackLast => out.pop().into_iter().for_each(Block::give_back),
            Step::HandOver { which } => {
                if let Some(at) = among(which) {
                    other.send(out.swap_remove(at)).expect("it is there");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(if cfg!(miri) { 8 } else { 400 }) })]

    #[test]
    fn blocks_are_their_own(all in proptest::collection::vec((any::<bool>(), steps()), 1..12)) {
        let _alone = alone();
        let (give, take) = mpsc::channel::<Block>();
        let other = std::thread::spawn(move || take.into_iter().for_each(Block::give_back));
        let (mut out, mut count) = (Vec::new(), 0);
        for (is_within, steps) in all {
            if is_within {
                within(|| go(steps, &mut out, &mut count, &give));
            } else {
                go(steps, &mut out, &mut count, &give);
            }
        }
        drop(give);
        prop_assert!(other.join().is_ok());
        prop_assert!(out.iter().all(Block::is_intact));
        out.into_iter().for_each(Block::give_back);
    }
}
