/**
 * The system calls that a container of the product may make: what Python, its numeric libraries, threads, files and
 * local sockets need, and nothing else. Narrower than the engine's default list, which suits any program: no capability is
 * ever given here, so whatever needs one is left out, and so are interfaces that have served to break out of containers
 * (io_uring, ptrace, userfaultfd, splice, key rings, namespaces).
 *
 * Names are those of the 64-bit x86 and ARM tables of Linux; calls of 32-bit programs are refused altogether.
 */
const ALLOWED_CALLS: Readonly<Record<string, string>> = {
  filesAndFolders: `access chdir chmod close close_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fallocate
    fchdir fchmod fchmodat fchmodat2 fcntl fdatasync flock fstat fstatfs fsync ftruncate futimesat getcwd getdents
    getdents64 link linkat lseek lstat mkdir mkdirat mknod mknodat newfstatat open openat openat2 readahead readlink
    readlinkat rename renameat renameat2 rmdir stat statfs statx symlink symlinkat sync sync_file_range syncfs truncate
    umask unlink unlinkat utime utimensat utimes`,
  ownershipAndAttributes: `chown fchown fchownat fgetxattr flistxattr fremovexattr fsetxattr getxattr lchown lgetxattr
    listxattr llistxattr lremovexattr lsetxattr removexattr setxattr`,
  readAndWrite: `copy_file_range ioctl pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readv sendfile
    write writev`,
  waiting: `epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd
    eventfd2 pause poll ppoll pselect6 select signalfd signalfd4`,
  memory: `brk madvise membarrier memfd_create mincore mlock mlock2 mlockall mmap mprotect mremap msync munlock
    munlockall munmap pkey_alloc pkey_free pkey_mprotect`,
  processesAndThreads: `arch_prctl capget capset execve execveat exit exit_group fork futex futex_requeue futex_wait
    futex_waitv futex_wake get_robust_list get_thread_area getcpu getpgid getpgrp getpid getppid getpriority getrlimit
    getrusage getsid gettid ioprio_get ioprio_set pidfd_open pidfd_send_signal prctl prlimit64 restart_syscall rseq
    sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
    sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield set_robust_list
    set_thread_area set_tid_address setpgid setpriority setrlimit setsid times vfork wait4 waitid`,
  users: `getegid geteuid getgid getgroups getresgid getresuid getuid setfsgid setfsuid setgid setgroups setregid
    setresgid setresuid setreuid setuid`,
  signals: `kill rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
    rt_tgsigqueueinfo sigaltstack tgkill tkill`,
  time: `alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep setitimer time timer_create
    timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime`,
  sockets: `accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg
    sendmsg sendto setsockopt shutdown socketpair`,
  restrictingItself: `landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp`,
  aboutTheMachine: `getrandom sysinfo uname`,
};

/** Unix, IPv4 and IPv6: no packet, netlink, vsock, kernel-crypto or other socket families. */
const ALLOWED_SOCKET_FAMILIES = [1, 2, 10];

/** `personality` may only be asked for (0xffffffff) or set to plain Linux (0). */
const ALLOWED_PERSONALITIES = [0, 0xffffffff];

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET: every flag of `clone` that makes a namespace. */
const NAMESPACE_FLAGS = 0x7e02_0000;

/**
 * Answered with "no such call" instead of "forbidden": the C library starts threads by `clone3` and falls back to
 * `clone`, whose flags can be checked, only on that answer; event loops treat `io_uring` likewise.
 */
const ABSENT_CALLS = ['clone3', 'io_uring_enter', 'io_uring_register', 'io_uring_setup'];

const EPERM = 1;
const ENOSYS = 38;

/** Engine's names for the actions and comparisons of a filter. */
const ALLOW = 'SCMP_ACT_ALLOW';
const REFUSE = 'SCMP_ACT_ERRNO';
const EQUAL = 'SCMP_CMP_EQ';
const MASKED_EQUAL = 'SCMP_CMP_MASKED_EQ';

/** Names of all calls that are allowed whatever their arguments are. */
export function allowedCalls(): string[] {
  return Object.values(ALLOWED_CALLS).flatMap((names) => names.split(/\s+/));
}

/** The filter as the engine takes it in `SecurityOpt` (`seccomp=<this>`). */
export function seccompProfile(): string {
  return JSON.stringify({
    defaultAction: REFUSE,
    defaultErrnoRet: EPERM,
    archMap: [
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] },
      { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: [] },
    ],
    syscalls: [
      { names: allowedCalls(), action: ALLOW },
      ...allowedWithFirstArgument('socket', ALLOWED_SOCKET_FAMILIES),
      ...allowedWithFirstArgument('personality', ALLOWED_PERSONALITIES),
      {
        names: ['clone'],
        action: ALLOW,
        args: [{ index: 0, value: NAMESPACE_FLAGS, valueTwo: 0, op: MASKED_EQUAL }],
      },
      { names: ABSENT_CALLS, action: REFUSE, errnoRet: ENOSYS },
    ],
  });
}

function allowedWithFirstArgument(name: string, values: readonly number[]): object[] {
  return values.map((value) => ({ names: [name], action: ALLOW, args: [{ index: 0, value, op: EQUAL }] }));
}
