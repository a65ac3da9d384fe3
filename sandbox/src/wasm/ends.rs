//! Where files end: a write beyond the end grows a file by the gap as well, and
//! the gap is charged like bytes. The host asks for sizes and positions into a
//! memory of its own, so the guest's stays as it is.

use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::p1::wasi_snapshot_preview1 as wasi;
use wiggle::GuestMemory;

const SUCCESS: i32 = 0;
/// `size` of preview 1's `filestat`, which is 64 bytes long.
const SIZE_AT: usize = 32;
/// `fs_flags` of preview 1's `fdstat`, which is 24 bytes long, and their bit for appending.
const FLAGS_AT: usize = 2;
const APPEND: u8 = 1;

/// As large as the largest answer, aligned as preview 1 wants its structures.
#[repr(align(8))]
struct Answer([u8; 64]);

impl Answer {
    const fn new() -> Self {
        Self([0; 64])
    }

    fn memory(&mut self) -> GuestMemory<'_> {
        GuestMemory::Unshared(&mut self.0)
    }

    fn number(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..at + 8].try_into().expect("the range is 8 bytes long"))
    }
}

/// The bytes between a file's end and `offset`; none where the file goes on beyond
/// it. A descriptor that is no file is refused by the call itself afterwards.
pub(super) async fn gap_before(wasi: &mut WasiP1Ctx, fd: i32, offset: u64) -> u64 {
    let mut answer = Answer::new();
    match wasi::fd_filestat_get(wasi, &mut answer.memory(), fd, 0).await {
        Ok(SUCCESS) => offset.saturating_sub(answer.number(SIZE_AT)),
        _ => offset,
    }
}

/// The bytes between a file's end and the place where the next write begins.
pub(super) async fn gap_before_position(wasi: &mut WasiP1Ctx, fd: i32) -> u64 {
    let mut answer = Answer::new();
    let position = match wasi::fd_tell(wasi, &mut answer.memory(), fd, 0) {
        Ok(SUCCESS) => answer.number(0),
        _ => return 0,
    };
    match gap_before(wasi, fd, position).await {
        0 => 0,
        _ if appends(wasi, fd).await => 0,
        gap => gap,
    }
}

/// Whether writes go to the end, wherever the position is.
async fn appends(wasi: &mut WasiP1Ctx, fd: i32) -> bool {
    let mut answer = Answer::new();
    let told = wasi::fd_fdstat_get(wasi, &mut answer.memory(), fd, 0).await;
    matches!(told, Ok(SUCCESS)) && answer.0[FLAGS_AT] & APPEND != 0
}
