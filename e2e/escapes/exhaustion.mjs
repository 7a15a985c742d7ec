/**
 * Attempts to use up what others need (T04, T05). Each runs alone in a container with small limits; `program` prints what
 * it got hold of, `check` judges that and how the container ended.
 */
import assert from 'node:assert/strict';

export const LIMITS = { memoryMb: 160, cpuPercent: 100, pids: 40, tmpfsMb: 16, fileSizeMb: 8 };
const MIB = 1024 * 1024;
const completed = (exit) => assert.equal(exit.reason, 'completed', exit.message);

export const EXHAUSTIONS = [
  {
    name: 'a fork bomb ends at the limit on processes, and its parent survives',
    program: `
import os, time
count = 0
try:
    while True:
        if os.fork() == 0: time.sleep(60); os._exit(0)
        count += 1
except BlockingIOError: pass
print(count, flush=True)`,
    check: ({ lines, exit }) => {
      completed(exit);
      assert.ok(Number(lines[0]) < LIMITS.pids, `${lines[0]} processes`);
    },
  },
  {
    name: 'a bomb that doubles itself leaves the host its processes',
    program: `
import os, sys, time
print("armed", flush=True)
end = time.monotonic() + 3
while time.monotonic() < end:
    try: os.fork()
    except BlockingIOError: time.sleep(0.01)`,
    check: ({ exit }) => assert.ok(['completed', 'failed'].includes(exit.reason), exit.message),
  },
  {
    name: 'threads end at the same limit',
    program: `
import threading, time
count = 0
try:
    while True:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start(); count += 1
except RuntimeError: print(count, flush=True)
import os; os._exit(0)`,
    check: ({ lines, exit }) => {
      completed(exit);
      assert.ok(Number(lines[0]) < LIMITS.pids, `${lines[0]} threads`);
    },
  },
  {
    name: 'dead children that nobody collects count too',
    program: `
import os
count = 0
try:
    while True:
        if os.fork() == 0: os._exit(0)
        count += 1
        if count > 1000: break
except BlockingIOError: pass
print(count, flush=True)`,
    check: ({ lines, exit }) => {
      completed(exit);
      assert.ok(Number(lines[0]) < LIMITS.pids, `${lines[0]} children`);
    },
  },
  {
    name: 'memory ends at its limit, and the reason says so',
    program: `
blocks = []
while True: blocks.append(bytearray(b"x" * (8 << 20)))`,
    check: ({ exit }) => assert.deepEqual([exit.exitCode, exit.reason], [137, 'out-of-memory']),
  },
  {
    name: 'a child that eats memory dies alone, and the parent that lives has completed',
    program: `
import os
if os.fork() == 0:
    blocks = []
    while True: blocks.append(bytearray(b"x" * (8 << 20)))
print(os.WTERMSIG(os.wait()[1]), flush=True)`,
    check: ({ lines, exit }) => {
      assert.equal(lines[0], '9');
      assert.deepEqual([exit.exitCode, exit.oomKilled, exit.reason], [0, true, 'completed']);
    },
  },
  {
    name: 'scratch space ends at its size',
    program: `
import os
total = 0
try:
    for n in range(64):
        with open(f"/tmp/{n}", "wb", 0) as f:
            for _ in range(4): total += f.write(b"x" * (1 << 20))
except OSError as error: print(error.errno, total, flush=True)`,
    check: ({ lines, exit }) => {
      completed(exit);
      assert.equal(lines[0], `28 ${LIMITS.tmpfsMb * MIB}`);
    },
  },
  {
    name: 'scratch space ends at its number of files',
    program: `
count = 0
try:
    while count < 1_000_000:
        open(f"/tmp/{count}", "w").close(); count += 1
except OSError as error: print(error.errno, count, flush=True)`,
    check: ({ lines, exit }) => {
      completed(exit);
      const [errno, count] = lines[0].split(' ').map(Number);
      assert.equal(errno, 28);
      assert.ok(count <= 65_536, `${count} files`);
    },
  },
  {
    name: 'shared memory ends at its size',
    program: `
total = 0
try:
    with open("/dev/shm/x", "wb", 0) as f:
        while True: total += f.write(b"x" * (1 << 20))
except OSError as error: print(error.errno, total, flush=True)`,
    // A file on shared memory may meet the file-size limit first; both are bounds.
    check: ({ lines, exit }) => {
      completed(exit);
      const [errno, total] = lines[0].split(' ').map(Number);
      assert.ok([27, 28].includes(errno));
      assert.ok(total <= 16 * MIB);
    },
  },
  {
    name: 'a file in the workspace ends at the file-size limit',
    program: `
total = 0
try:
    with open("/workspace/flood", "wb", 0) as f:
        while True: total += f.write(b"x" * (1 << 20))
except OSError as error: print(error.errno, total, flush=True)`,
    check: ({ lines, exit }) => {
      completed(exit);
      assert.equal(lines[0], `27 ${LIMITS.fileSizeMb * MIB}`);
    },
  },
  {
    name: 'a sparse file meets the same limit',
    program: `
try: open("/workspace/sparse", "wb").truncate(1 << 40)
except OSError as error: print(error.errno, flush=True)`,
    check: ({ lines, exit }) => {
      completed(exit);
      assert.equal(lines[0], '27');
    },
  },
  {
    name: 'open files end at their limit',
    program: `
import os
count = 0
try:
    while True: os.open("/dev/null", os.O_RDONLY); count += 1
except OSError as error: print(error.errno, count, flush=True)`,
    check: ({ lines, exit }) => {
      completed(exit);
      const [errno, count] = lines[0].split(' ').map(Number);
      assert.equal(errno, 24);
      assert.ok(count < 4096);
    },
  },
  {
    name: 'an endless loop gets no more than its share of the processor',
    limits: { cpuPercent: 50 },
    program: `
import time
begin = time.monotonic()
while time.monotonic() - begin < 3: pass
print(time.process_time() / (time.monotonic() - begin), flush=True)`,
    check: ({ lines, exit }) => {
      completed(exit);
      assert.ok(Number(lines[0]) < 0.65, `${lines[0]} of one core`);
    },
  },
  {
    name: 'a program that sleeps for ever and ignores every request to end meets the time limit',
    limits: { timeoutSeconds: 2 },
    program: `
import signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
while True: time.sleep(60)`,
    check: ({ exit }) => assert.equal(exit.reason, 'time-limit', exit.message),
  },
  {
    name: 'a flood of output fills neither disk nor memory',
    program: `
import sys
line = b"x" * 1023 + b"\\n"
for _ in range(100 * 1024): sys.stdout.buffer.write(line)`,
    check: ({ exit, logBytes }) => {
      completed(exit);
      assert.ok(logBytes <= 11 * MIB, `${logBytes} bytes are kept of 100 MiB`);
      assert.ok(logBytes > MIB, 'the end of the output is kept');
    },
  },
  {
    name: 'one line of 20 MB becomes one short line',
    program: `
import sys
sys.stdout.write("x" * 20_000_000 + "\\n"); print("after", flush=True)`,
    check: ({ exit, lines }) => {
      completed(exit);
      assert.equal(lines.at(-1), 'after');
      assert.ok(Math.max(...lines.map((line) => line.length)) < 17_000);
      assert.ok(lines.length < 10, `${lines.length} lines`);
    },
  },
  {
    name: 'a million tiny lines are bounded too',
    program: `
import sys
sys.stdout.write("x\\n" * 1_000_000)`,
    check: ({ exit, logBytes, lines }) => {
      completed(exit);
      assert.ok(lines.length < 200_000, `${lines.length} lines kept`);
      assert.ok(logBytes < 11 * MIB);
    },
  },
];
