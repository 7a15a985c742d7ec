/**
 * Ways out of a container (T01, T02, I2, I3), as Python that succeeds when the way is open. `refusedBy` lists the error
 * numbers that count as a refusal, so that an attempt which fails for another reason (a slip of the attempt itself) turns
 * the suite red; 0 stands for `Refused`, a negative number for a signal. `control` marks attempts that must succeed in a
 * privileged container: the proof that they would notice an open way.
 */
const [EPERM, ENOENT, ESRCH, ENOMEM, EACCES, EINVAL, ETXTBSY, EROFS, ENOSYS] = [
  1, 2, 3, 12, 13, 22, 26, 30, 38,
];
const [EADDRNOTAVAIL, ENETUNREACH, ECONNREFUSED, EHOSTUNREACH] = [99, 101, 111, 113];
const [SIGSYS, SIGSEGV] = [31, 11];
const NO_NAME_SERVICE = [-2, -3, -5];
const READ_ONLY = [EROFS, EACCES];

/** Attempts over the network; they are made both without a network card and on the sandbox network. */
export const NETWORK_ATTEMPTS = [
  attempt(
    'every address of the host',
    unreachable(),
    `
errors = []
for address in facts["hostAddresses"]:
    try: return dial(address, facts["hostPort"])
    except OSError as error: errors.append(error)
raise errors[0]`,
    { control: true },
  ),
  attempt('PostgreSQL on the host', unreachable(), `return dial(facts["hostAddresses"][0], 5432)`),
  attempt('the container engine over TCP', unreachable(), `return dial(facts["hostAddresses"][0], 2375)`),
  attempt('the cloud metadata address', unreachable(), `return dial("169.254.169.254", 80)`),
  attempt('the internet', unreachable(), `return dial("1.1.1.1", 443)`),
  attempt(
    'the internet over IPv6',
    [...unreachable(), EADDRNOTAVAIL],
    `return dial("2606:4700:4700::1111", 443, socket.AF_INET6)`,
  ),
  attempt(
    'another container by its address',
    unreachable(),
    `return dial(facts["siblingAddress"], facts["siblingPort"])`,
  ),
  attempt(
    'a name of the outside world',
    [...NO_NAME_SERVICE, ...unreachable()],
    `return socket.getaddrinfo("example.com", 80)`,
  ),
  attempt(
    'a name server outside',
    unreachable(),
    `
question = struct.pack(">6H", 7, 256, 1, 0, 0, 0) + b"\\x07example\\x03com\\x00" + struct.pack(">2H", 1, 1)
return ask("8.8.8.8", 53, question)`,
  ),
  attempt(
    'the host by datagrams',
    unreachable(),
    `return ask(facts["hostAddresses"][0], facts["hostDatagramPort"])`,
    { control: true },
  ),
  attempt(
    'a multicast group',
    [...unreachable(), EPERM],
    `return ask("239.255.255.250", facts["hostDatagramPort"])`,
  ),
  attempt(
    'a broadcast',
    [...unreachable(), EPERM, EACCES],
    `return ask("255.255.255.255", facts["hostDatagramPort"])`,
  ),
  attempt(
    'an abstract Unix socket of the host',
    [ECONNREFUSED],
    `
with socket.socket(socket.AF_UNIX) as s:
    s.connect("\\0" + facts["abstractSocket"])
return "connected"`,
  ),
  attempt('a raw socket', [EPERM], `return socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)`, {
    control: true,
  }),
  attempt('a packet socket', [EPERM], `return socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 768)`, {
    control: true,
  }),
  attempt('a netlink socket', [EPERM], `return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)`, {
    control: true,
  }),
  attempt('a hypervisor socket', [EPERM], `return socket.socket(40, socket.SOCK_STREAM)`),
  attempt('a kernel cryptography socket', [EPERM], `return socket.socket(38, socket.SOCK_SEQPACKET)`),
];

/** Attempts that need no network. */
export const LOCAL_ATTEMPTS = [
  attempt(
    'a network card',
    [0],
    `
cards = os.listdir("/sys/class/net")
if cards == ["lo"]: raise Refused("lo only")
return cards`,
    { control: true },
  ),
  attempt(
    "the engine's socket",
    [ENOENT, EACCES],
    `
with socket.socket(socket.AF_UNIX) as s:
    s.connect(facts["engineSocket"])
return "connected"`,
  ),
  attempt("another project's file", [ENOENT, EACCES], `return open(facts["otherProjectFile"]).read()`),
  attempt(
    "another project's file through the workspace",
    [ENOENT, EACCES],
    `return open("/workspace/../.." + facts["otherProjectFile"]).read()`,
  ),
  attempt(
    "another project's file by a link in the workspace",
    [ENOENT, EACCES],
    `
os.symlink(facts["otherProjectFile"], "/workspace/link")
return open("/workspace/link").read()`,
  ),
  attempt(
    'a file of the host through inherited descriptors',
    [ENOENT, EACCES, 0],
    `
for fd in os.listdir("/proc/self/fd"):
    try: return open(f"/proc/self/fd/{fd}/../../../../../.." + facts["otherProjectFile"]).read()
    except NotADirectoryError: continue
raise Refused("no descriptor leads to a folder of the host")`,
  ),
  attempt('changing the dataset', [EROFS, EACCES], `return write("/data/dataset.csv")`),
  attempt(
    'adding to the dataset folder',
    READ_ONLY,
    `return write("/data/new", flags=os.O_CREAT | os.O_WRONLY)`,
  ),
  attempt(
    'giving itself commands',
    READ_ONLY,
    `return write("/control/command.json", flags=os.O_CREAT | os.O_WRONLY)`,
  ),
  attempt('removing the socket of the API', READ_ONLY, `os.unlink("/run/modelwright/api.sock")`),
  attempt(
    'putting a link in the place of the socket',
    READ_ONLY,
    `os.symlink(facts["engineSocket"], "/run/modelwright/other.sock")`,
  ),
  attempt(
    'listening in the socket folder',
    READ_ONLY,
    `
with socket.socket(socket.AF_UNIX) as s:
    s.bind("/run/modelwright/mine.sock")
return "bound"`,
  ),
  ...['/x', '/etc/x', '/usr/bin/x', '/var/tmp/x', '/run/x', '~root/x', '/opt/venv/x', '/home/x'].map((path) =>
    attempt(
      `writing ${path}`,
      [...READ_ONLY, ENOENT],
      `return write(os.path.expanduser("${path}"), flags=os.O_CREAT | os.O_WRONLY)`,
      {
        control: path === '/x',
      },
    ),
  ),
  attempt(
    'running a program from scratch space',
    [EACCES],
    `
import shutil
shutil.copy("/bin/true", "/tmp/true"); os.chmod("/tmp/true", 0o755)
return subprocess.run(["/tmp/true"]).returncode`,
    { control: true },
  ),
  attempt(
    'running a program from shared memory',
    [EACCES],
    `
import shutil
shutil.copy("/bin/true", "/dev/shm/true"); os.chmod("/dev/shm/true", 0o755)
return subprocess.run(["/dev/shm/true"]).returncode`,
  ),
  attempt(
    "the kernel's memory in /proc/kcore",
    [EACCES, EPERM, ENOENT, 0],
    `
with open("/proc/kcore", "rb") as file: found = file.read(16)
if not found: raise Refused("empty")
return found`,
  ),
  attempt("the kernel's memory in /dev/mem", [ENOENT, EACCES], `return open("/dev/mem", "rb").read(16)`),
  attempt(
    "the kernel's symbols",
    [EACCES, EPERM, 0],
    `
with open("/proc/kallsyms") as file: found = file.read(100)
if not found: raise Refused("empty")
return found`,
  ),
  attempt('the magic key', [...READ_ONLY, ENOENT], `return write("/proc/sysrq-trigger", b"h")`),
  ...[
    'kernel/core_pattern',
    'kernel/modprobe',
    'vm/overcommit_memory',
    'net/ipv4/ip_forward',
    'kernel/hostname',
  ].map((name) =>
    attempt(
      `the kernel setting ${name}`,
      [...READ_ONLY, ENOENT],
      `return write("/proc/sys/${name}", flags=os.O_RDWR)`,
    ),
  ),
  attempt('the uevent helper', [...READ_ONLY, ENOENT], `return write("/sys/kernel/uevent_helper")`),
  attempt(
    'a release agent of a control group',
    [...READ_ONLY, 0],
    `
agents = [os.path.join(folder, "release_agent") for folder, _, files in os.walk("/sys/fs/cgroup") if "release_agent" in files]
if not agents: raise Refused("none in sight")
return write(agents[0], b"/workspace/evil")`,
  ),
  attempt(
    'lifting its own memory limit',
    [...READ_ONLY, 0],
    `
names = ("memory.limit_in_bytes", "memory.max")
files = [os.path.join(folder, name) for folder, _, found in os.walk("/sys/fs/cgroup") for name in names if name in found]
if not files: raise Refused("none in sight")
return write(files[0], b"99999999999")`,
  ),
  attempt(
    'joining another control group',
    [...READ_ONLY, 0],
    `
files = [os.path.join(folder, "cgroup.procs") for folder, _, found in os.walk("/sys/fs/cgroup") if "cgroup.procs" in found]
if not files: raise Refused("none in sight")
return write(files[0], b"1")`,
  ),
  attempt(
    'firmware and debug files',
    [0, EACCES, ENOENT],
    `
for folder in ("/sys/firmware", "/sys/kernel/debug", "/sys/kernel/tracing", "/sys/kernel/security"):
    if os.path.isdir(folder) and os.listdir(folder): return folder
raise Refused("empty")`,
  ),
  attempt(
    'a disk',
    [0],
    `
disks = [name for name in os.listdir("/dev") if stat.S_ISBLK(os.stat("/dev/" + name).st_mode)]
if not disks: raise Refused("no block device")
return disks`,
  ),
  attempt(
    'making a disk node',
    [EPERM],
    `os.mknod("/workspace/disk", stat.S_IFBLK | 0o600, os.makedev(8, 0))`,
    { control: true },
  ),
  attempt(
    'making a device node for memory',
    [EPERM],
    `os.mknod("/workspace/mem", stat.S_IFCHR | 0o600, os.makedev(1, 1))`,
  ),
  attempt(
    'seeing processes of others',
    [0],
    `
found = [pid for pid in os.listdir("/proc") if pid.isdigit()]
if len(found) <= 8: raise Refused(f"{len(found)} processes, all of this container")
return found`,
  ),
  attempt('killing a process of the host', [ESRCH], `os.kill(facts["hostPid"], 9)`),
  attempt(
    'overwriting the init program through /proc',
    [EACCES, EROFS, ETXTBSY, EPERM],
    `return write("/proc/1/exe")`,
  ),
  attempt(
    'the environment of the API',
    [0],
    `
if facts["secret"] in open("/proc/self/environ").read() or facts["secret"] in str(os.environ): return "found"
raise Refused("not there")`,
  ),
  attempt(
    'capabilities',
    [0],
    `
lines = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
sets = {name: int(lines[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
if not any(sets.values()): raise Refused("none")
return sets`,
    { control: true },
  ),
  attempt(
    'privileges by a new program',
    [0],
    `
lines = open("/proc/self/status").read()
if "NoNewPrivs:\\t1" in lines and "Seccomp:\\t2" in lines: raise Refused("no new privileges, filtered")
return lines`,
    { control: true },
  ),
  attempt(
    'a group of root',
    [0],
    `
if os.getresuid() == (10001,) * 3 and os.getresgid() == (10001,) * 3 and set(os.getgroups()) <= {10001}: raise Refused("sandbox only")
return (os.getresuid(), os.getresgid(), os.getgroups())`,
    { control: true },
  ),
  attempt(
    'a setuid program in the image',
    [0],
    `
found = subprocess.run(["find", "/", "-xdev", "(", "-perm", "-4000", "-o", "-perm", "-2000", ")", "-type", "f"], capture_output=True, text=True).stdout.split()
if not found: raise Refused("none in the image")
return found`,
  ),
  attempt('becoming root', [EPERM], `os.setuid(0); return os.getuid()`, { control: true }),
  attempt("joining root's group", [EPERM], `os.setgid(0); return os.getgid()`),
  attempt('joining any group', [EPERM], `os.setgroups([0, 27]); return os.getgroups()`),
  attempt(
    'giving a file to root',
    [EPERM],
    `
open("/workspace/mine", "w").close()
os.chown("/workspace/mine", 0, 0)`,
  ),
  attempt(
    'raising capabilities',
    [EPERM],
    `return call("capset", (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6))`,
  ),
  attempt('raising ambient capabilities', [EPERM], `return call("prctl", 47, 2, 21, 0, 0)`),
  attempt('taking back "no new privileges"', [EINVAL], `return call("prctl", 38, 0, 0, 0, 0)`),
  attempt('mount', [EPERM], `return call("mount", b"none", b"/tmp", b"tmpfs", 0, None)`, { control: true }),
  attempt('mount by the new calls', [EPERM, ENOSYS], `return call("fsopen", b"tmpfs", 0)`, { control: true }),
  attempt('a detached mount', [EPERM, ENOSYS], `return call("open_tree", -100, b"/", 1)`),
  attempt('uncovering masked files', [EPERM], `return call("umount2", b"/proc/kcore", 2)`),
  attempt('pivot_root', [EPERM], `return call("pivot_root", b"/tmp", b"/tmp")`),
  attempt('chroot', [EPERM], `os.chroot("/tmp"); return "moved"`, { control: true }),
  attempt('a new user namespace', [EPERM], `return call("unshare", 0x10000000)`, { control: true }),
  attempt('a new mount namespace', [EPERM], `return call("unshare", 0x00020000)`, { control: true }),
  attempt(
    'a new user namespace by clone',
    [EPERM],
    `
pid = call("clone", 0x10000000 | 17, 0, 0, 0, 0)
if pid == 0: os._exit(0)
return pid`,
  ),
  attempt('clone3, whose flags cannot be checked', [ENOSYS], `return call("clone3", None, 0)`),
  attempt(
    "joining init's namespace",
    [EPERM],
    `return call("setns", os.open("/proc/1/ns/mnt", os.O_RDONLY), 0)`,
  ),
  attempt('ptrace', [EPERM], `return call("ptrace", 0, 0, 0, 0)`, { control: true }),
  attempt('attaching to its parent', [EPERM], `return call("ptrace", 16, os.getppid(), 0, 0)`),
  attempt(
    'reading memory of another process',
    [EPERM],
    `return call("process_vm_readv", os.getppid(), None, 0, None, 0, 0)`,
  ),
  attempt(
    'taking descriptors of another process',
    [EPERM],
    `return call("pidfd_getfd", os.pidfd_open(os.getppid()), 0, 0)`,
  ),
  attempt('io_uring', [ENOSYS, EPERM], `return call("io_uring_setup", 1, ctypes.create_string_buffer(120))`),
  attempt('bpf', [EPERM], `return call("bpf", 0, ctypes.create_string_buffer(128), 128)`),
  attempt(
    'performance events',
    [EPERM],
    `return call("perf_event_open", ctypes.create_string_buffer(128), 0, -1, -1, 0)`,
  ),
  attempt('userfaultfd', [EPERM], `return call("userfaultfd", 1)`),
  attempt('key rings', [EPERM], `return call("keyctl", 0, -3, 1, 0, 0)`, { control: true }),
  attempt('a key', [EPERM], `return call("add_key", b"user", b"mw", b"x", 1, -3)`),
  attempt(
    'files by handle',
    [EPERM],
    `return call("open_by_handle_at", -100, ctypes.create_string_buffer(128), 0)`,
  ),
  attempt(
    'handles of files',
    [EPERM],
    `return call("name_to_handle_at", -100, b"/", ctypes.create_string_buffer(128), ctypes.create_string_buffer(8), 0)`,
  ),
  attempt('loading a kernel module', [EPERM], `return call("finit_module", 0, b"", 0)`),
  attempt('another kernel', [EPERM], `return call("kexec_load", 0, 0, None, 0)`),
  attempt('reboot', [EPERM], `return call("reboot", 0, 0, 0, None)`),
  attempt("the kernel's log", [EPERM], `return call("syslog", 10, None, 0)`, { control: true }),
  attempt('the clock', [EPERM], `return call("settimeofday", None, None)`),
  attempt('the host name', [EPERM], `return call("sethostname", b"mine", 4)`),
  attempt('swap', [EPERM], `return call("swapon", b"/workspace/x", 0)`),
  attempt('process accounting', [EPERM], `return call("acct", None)`),
  attempt('disk quotas', [EPERM], `return call("quotactl", 0, None, 0, None)`),
  attempt('switching off address randomisation', [EPERM], `return call("personality", 0x0040000)`, {
    control: true,
  }),
  attempt(
    'splice',
    [EPERM],
    `
r, w = os.pipe()
return call("vmsplice", w, None, 0, 0)`,
    { control: true },
  ),
  attempt('secret memory', [EPERM, ENOSYS], `return call("memfd_secret", 0)`),
  attempt('kernel asynchronous I/O', [EPERM], `return call("io_setup", 1, (ctypes.c_ulong * 1)(0))`),
  attempt(
    '32-bit system calls',
    [-SIGSYS, -SIGSEGV, 0],
    `
import mmap
if platform.machine() != "x86_64": raise Refused("not on this processor")
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")
return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()`,
  ),
  attempt('file watches, counted per user over all containers', [EPERM], `return call("inotify_init1", 0)`, {
    control: true,
  }),
  attempt('watching whole file systems', [EPERM], `return call("fanotify_init", 0, 0)`),
  attempt('message queues', [EPERM], `return call("mq_open", b"mw", 0o102, 0o600, None)`),
  attempt('System V shared memory', [EPERM], `return call("shmget", 0, 4096, 0o1600)`, { control: true }),
  attempt(
    'more open files than allowed',
    [0],
    `
import resource
try: resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 20, 1 << 20))
except (ValueError, OSError) as error: raise Refused(str(error))
return "raised"`,
  ),
  attempt('priority over others', [EPERM, EACCES], `return os.nice(-5)`, { control: true }),
  attempt(
    'real-time scheduling',
    [EPERM],
    `os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)); return "real-time"`,
  ),
  attempt(
    'being spared when memory runs out',
    [EACCES, EPERM],
    `return write("/proc/self/oom_score_adj", b"-1000")`,
  ),
  attempt(
    'locking memory',
    [ENOMEM, EPERM],
    `
block = ctypes.create_string_buffer(1 << 20)
if libc.mlock(block, ctypes.c_size_t(1 << 20)) == -1: raise OSError(ctypes.get_errno(), "limit")
return "locked"`,
  ),
];

function attempt(name, refusedBy, code, { control = false } = {}) {
  return { name, refusedBy, code, control };
}

/** How a dial ends where no way leads: at once, or (on a network without a way out) as a time-out. */
function unreachable() {
  return [ENETUNREACH, EHOSTUNREACH, null];
}
