//! The binary: the allocator, and from there on the library's command line.

/// Checks allocate little but often; the system's allocator takes noticeably longer over it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    innkeeper::cli::main()
}
