//! A jailed child that locks down and then tries one thing.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a jailed child answers on its pipes")]

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};
use std::time::Duration;

use airlock_sandbox::jail::{Profile, lock_down, refuse};

/// `args` are the profile as JSON, what to try, and where.
pub(crate) fn main(args: &[String]) -> ExitCode {
    let profile: Profile = serde_json::from_str(&args[0]).expect("a profile");
    match lock_down(&profile) {
        Ok(protection) if protection.is_full() => {}
        Ok(protection) => eprintln!("weaker: {protection:?}"),
        Err(error) => return refuse(&error),
    }
    attempt(&args[1], args.get(2).map_or("", String::as_str))
}

fn attempt(what: &str, place: &str) -> ExitCode {
    match what {
        "read-stdin" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).expect("standard input");
            print!("{text}");
            ExitCode::SUCCESS
        }
        "environment" => {
            let names: Vec<String> = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
            print!("{}", names.join(" "));
            ExitCode::SUCCESS
        }
        // What was inherited is closed, so the first descriptor that is free is number 3.
        "descriptors" => {
            use std::os::fd::AsRawFd as _;
            let file = std::fs::File::open(place).expect("the listed file");
            print!("{}", file.as_raw_fd());
            ExitCode::SUCCESS
        }
        "threads" => {
            let sum: i32 =
                (0..4).map(|n| std::thread::spawn(move || n)).map(|t| t.join().expect("a thread that ends")).sum();
            print!("{sum}");
            ExitCode::SUCCESS
        }
        "read" => said(std::fs::read_to_string(place).map(|_| ())),
        "list" => said(std::fs::read_dir(place).map(|_| ())),
        "write" => said(std::fs::write(place, "x")),
        "symlink" => said(std::os::unix::fs::symlink("/etc/passwd", place)),
        "big-file" => said(std::fs::write(place, vec![0; 2 << 20])),
        "socket" => said(std::os::unix::net::UnixDatagram::unbound().map(drop)),
        "tcp" => said(std::net::TcpStream::connect("127.0.0.1:9").map(drop)),
        "spawn" => said(Command::new("/bin/true").spawn().map(drop)),
        "exec" => said(Err(Command::new(OsStr::new("/bin/true")).exec())),
        "allocate" => {
            let mut kept = Vec::new();
            loop {
                kept.push(vec![1_u8; 1 << 20]);
                if kept.len() > 4096 {
                    return ExitCode::SUCCESS;
                }
            }
        }
        "overflow" => ExitCode::from(u8::try_from(deep(1) & 1).unwrap_or(0)),
        "spin" => loop {
            std::hint::spin_loop();
        },
        "sleep" => {
            std::thread::sleep(Duration::from_secs(60));
            ExitCode::SUCCESS
        }
        "print" => loop {
            if std::io::stdout().write_all(&[b'x'; 4096]).is_err() {
                return ExitCode::SUCCESS;
            }
        },
        "exit" => ExitCode::from(7),
        other => panic!("unknown attempt {other}"),
    }
}

#[expect(unconditional_recursion, reason = "the stack is meant to overflow")]
fn deep(n: u64) -> u64 {
    let kept = std::hint::black_box([n; 64]);
    deep(n + 1) + kept[7]
}

fn said(result: std::io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => print!("ok"),
        Err(error) => print!("{}", error.raw_os_error().unwrap_or(-1)),
    }
    ExitCode::SUCCESS
}
