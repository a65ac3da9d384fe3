//! seccomp: which system calls a jailed child may make.
//!
//! Two filters, of which the kernel takes the stricter answer. The first is an
//! allow-list: what our children need is let through, and everything else answers
//! `ENOSYS`, as an older kernel would, so that the C library falls back (it does
//! from `clone3`, whose flags no filter can read, to `clone`) and calls that do
//! not exist yet are closed in advance. The second names what only an attacker
//! would try, such as starting programs or opening sockets, and kills the whole
//! process: an exploit must not be able to try one thing after the other, and the
//! parent sees `SIGSYS`.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

/// Allowed whatever the arguments: memory, threads, time, and files as far as Landlock lets them.
const ALLOWED: &[c_long] = &[
    libc::SYS_brk,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_memfd_create,
    libc::SYS_mincore,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_sigaltstack,
    libc::SYS_sysinfo,
    libc::SYS_tgkill,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_nanosleep,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
    libc::SYS_pipe2,
    libc::SYS_ppoll,
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fallocate,
    libc::SYS_fcntl,
    libc::SYS_fdatasync,
    libc::SYS_fstat,
    libc::SYS_fsync,
    libc::SYS_ftruncate,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_lseek,
    libc::SYS_mkdirat,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_read,
    libc::SYS_readlinkat,
    libc::SYS_readv,
    libc::SYS_renameat2,
    libc::SYS_statx,
    libc::SYS_unlinkat,
    libc::SYS_utimensat,
    libc::SYS_write,
    libc::SYS_writev,
];

/// The same again under the names that only the oldest architecture has.
#[cfg(target_arch = "x86_64")]
const ALLOWED_HERE: &[c_long] = &[
    libc::SYS_access,
    libc::SYS_arch_prctl,
    libc::SYS_dup2,
    libc::SYS_epoll_wait,
    libc::SYS_getrlimit,
    libc::SYS_lstat,
    libc::SYS_mkdir,
    libc::SYS_open,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_rmdir,
    libc::SYS_stat,
    libc::SYS_time,
    libc::SYS_unlink,
];
#[cfg(not(target_arch = "x86_64"))]
const ALLOWED_HERE: &[c_long] = &[];

/// Ends the process at once.
const KILLED: &[c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kcmp,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_add_key,
    libc::SYS_keyctl,
    libc::SYS_request_key,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_mount_setattr,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_mknodat,
    libc::SYS_symlinkat,
    libc::SYS_linkat,
];

/// Likewise, under names that only the oldest architecture has.
#[cfg(target_arch = "x86_64")]
const KILLED_HERE: &[c_long] =
    &[libc::SYS_fork, libc::SYS_vfork, libc::SYS_mknod, libc::SYS_symlink, libc::SYS_link, libc::SYS_modify_ldt];
#[cfg(not(target_arch = "x86_64"))]
const KILLED_HERE: &[c_long] = &[];

/// Installs both filters on the calling thread; threads started later inherit them.
pub(super) fn close_calls() -> Result<(), seccompiler::Error> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    // The killing filter comes first, because installing a filter is itself a
    // call (`seccomp`, `prctl`) that the allow-list then no longer has.
    let killing = compile(killed()?, SeccompAction::Allow, SeccompAction::KillProcess, arch)?;
    let allowing = compile(allowed()?, SeccompAction::Errno(libc::ENOSYS as u32), SeccompAction::Allow, arch)?;
    seccompiler::apply_filter(&killing)?;
    seccompiler::apply_filter(&allowing)
}

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

fn compile(
    rules: Rules,
    mismatch: SeccompAction,
    matched: SeccompAction,
    arch: TargetArch,
) -> Result<BpfProgram, BackendError> {
    SeccompFilter::new(rules, mismatch, matched, arch)?.try_into()
}

fn allowed() -> Result<Rules, BackendError> {
    let mut rules: Rules = ALLOWED.iter().chain(ALLOWED_HERE).map(|call| (*call, Vec::new())).collect();
    // New threads of this process, never new processes.
    rules.insert(libc::SYS_clone, vec![when(0, clone_thread(libc::CLONE_THREAD as u64))?]);
    // Naming a thread or a mapping is harmless; the rest of prctl is closed.
    let naming = [libc::PR_SET_NAME, PR_SET_VMA].map(|option| when(0, equals(option as u64)));
    rules.insert(libc::SYS_prctl, naming.into_iter().collect::<Result<_, _>>()?);
    // Reading limits (no new value given), never setting them.
    rules.insert(libc::SYS_prlimit64, vec![when(2, equals(0))?]);
    Ok(rules)
}

fn killed() -> Result<Rules, BackendError> {
    let mut rules: Rules = KILLED.iter().chain(KILLED_HERE).map(|call| (*call, Vec::new())).collect();
    rules.insert(libc::SYS_clone, vec![when(0, clone_thread(0))?]);
    Ok(rules)
}

/// `PR_SET_VMA` of `linux/prctl.h`: allocators name their mappings with it.
const PR_SET_VMA: libc::c_int = 0x5356_4d41;

type Comparison = (SeccompCmpOp, u64);

fn clone_thread(value: u64) -> Comparison {
    (SeccompCmpOp::MaskedEq(libc::CLONE_THREAD as u64), value)
}

fn equals(value: u64) -> Comparison {
    (SeccompCmpOp::Eq, value)
}

fn when(argument: u8, (operator, value): Comparison) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(argument, SeccompCmpArgLen::Qword, operator, value)?])
}
