/** Name of a container: `mw-<kind>-<ownerId>-<generation>`. Ours, stable, and the same on every engine. */
export type ContainerId = string;

/**
 * What a container is for. `insight` analyses a model, `session` serves one that is not deployed, `rescore` scores models
 * again on the same rows; `export` turns models into files, or files into
 * models; `probe` containers are short-lived checks of the
 * product itself.
 */
export const CONTAINER_KINDS = [
  'training',
  'serving',
  'insight',
  'session',
  'rescore',
  'export',
  'probe',
] as const;
export type ContainerKind = (typeof CONTAINER_KINDS)[number];

/** Options that every verb takes. A verb never waits longer than its own time limit, with or without a signal. */
export interface CallOptions {
  /** Ends the call early; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** One host folder or file that the container may see. */
export interface ContainerMount {
  /** What it is, in words for logs and errors: `dataset`, `workspace`, `model`, … */
  purpose: string;
  /** Absolute path on the host; must lie in one of the adapter's allowed roots after links are resolved. */
  hostPath: string;
  /** Absolute path inside: `/data`, `/control`, `/workspace`, `/model`, `/run/modelwright` or below one of them. */
  containerPath: string;
  /** Whether the container may only read it. Only `/workspace` may be writable. */
  readOnly: boolean;
}

/** Limits of one container. All are mandatory except the time limit: there is no unlimited container. */
export interface ContainerLimits {
  /** Memory in MiB; swap is never added. Scratch space (`/tmp`, `/dev/shm`) counts as memory. */
  memoryMb: number;
  /** CPU share in per cent of one core: 200 = two cores. */
  cpuPercent: number;
  /** Greatest number of processes and threads together. */
  pids: number;
  /** Size of `/tmp` in MiB. */
  tmpfsMb: number;
  /** Greatest size of one file that a process may write, in MiB. */
  fileSizeMb: number;
  /** Wall-clock limit from start; the container is killed when it has passed. Absent: no limit. */
  timeoutSeconds?: number;
}

/**
 * `none`: no network card at all (the default). `execution`: the network that the operator chose by `EXECUTION_NETWORK`.
 */
export type ContainerNetwork = 'none' | 'execution';

/** What to run, in our words. The adapter alone turns it into engine options. */
export interface ContainerSpec {
  kind: ContainerKind;
  /** Id of the run or deployment that this container belongs to. */
  ownerId: string;
  projectId: string;
  /** Counts the attempts of one owner; two containers of one owner differ in it. Integer ≥ 0. */
  generation: number;
  /** Program and arguments; no shell is involved. */
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  mounts: readonly ContainerMount[];
  limits: ContainerLimits;
  network?: ContainerNetwork;
}

/** `created` means that the engine knows the container but its process was never started. */
export type ContainerState = 'created' | 'running' | 'exited';

/** Why a container ended, from exit code, memory flag and clock together. */
export type ExitReason =
  /** Exit code 0. */
  | 'completed'
  /** The program ended by itself with another code; the caller knows what its codes mean. */
  | 'failed'
  /** The kernel killed the program because the memory limit was reached. */
  | 'out-of-memory'
  /** Killed because `timeoutSeconds` had passed. */
  | 'time-limit'
  /** Ended by SIGTERM. */
  | 'terminated'
  /** Ended by SIGKILL that was neither the memory nor the time limit. */
  | 'killed'
  /** Ended by another signal (crash of native code, for example). */
  | 'crashed'
  /** The program could not be started: not found or not executable. */
  | 'cannot-start';

export interface ExitInfo {
  exitCode: number;
  /** Whether the kernel killed something in the container for memory, be it only a child process. */
  oomKilled: boolean;
  reason: ExitReason;
  /** One sentence for people, with the limits that played a part. */
  message: string;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** One container as the engine has it now. */
export interface ContainerStatus {
  id: ContainerId;
  kind: ContainerKind;
  ownerId: string;
  projectId: string;
  generation: number;
  state: ContainerState;
  /** How it ended; null while it has not. */
  exit: ExitInfo | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** Process id of the container's first process on the host; null unless running. */
  pid: number | null;
}

/** A row of `list`: what can be told without asking the engine about each container. */
export interface ContainerSummary {
  id: ContainerId;
  kind: ContainerKind;
  ownerId: string;
  projectId: string;
  generation: number;
  state: ContainerState;
  createdAt: Date;
}

export interface ContainerFilter {
  kind?: ContainerKind;
  ownerId?: string;
}

export interface LogLine {
  /** Grows strictly along one container's log but is not dense; pass the last one seen as `sinceSeq` to read on. */
  seq: number;
  stream: 'stdout' | 'stderr';
  at: Date;
  /** Without the line end. Bytes that are no UTF-8 become U+FFFD; a longer line than the limit is cut and says so. */
  text: string;
}

export interface LogOptions {
  /** Only lines with a greater `seq`. */
  sinceSeq?: number;
  /** Only the last so many lines. Not together with `sinceSeq`. */
  tail?: number;
  /** Whether to go on until the container ends; otherwise the iteration ends with the present last line. */
  follow?: boolean;
  signal?: AbortSignal;
}

export interface ContainerStats {
  at: Date;
  /** Per cent of one core since the last sample: 200 = two cores busy. */
  cpuPercent: number;
  /** Memory in use without the page cache. */
  memoryBytes: number;
  memoryLimitBytes: number;
  /** Processes and threads. */
  pids: number;
}

/** State of the engine, for health and for `doctor`. Never throws: a dead engine is an answer too. */
export type EngineInfo =
  | {
      state: 'ok';
      engineVersion: string;
      apiVersion: string;
      cgroupVersion: string;
      /** Engine security features by name: `seccomp`, `apparmor`, `userns`, `rootless`. */
      features: string[];
      /** Cores and memory that the engine has to give. */
      cpus: number;
      memoryBytes: number;
      /** Limits that this engine or kernel does not enforce, in words; empty when everything holds. */
      warnings: string[];
    }
  | { state: 'unavailable'; reason: string };

export interface ImageStatus {
  /** Name and tag asked for. */
  reference: string;
  present: boolean;
  /** Content id; null when absent. */
  imageId: string | null;
  /** Version of the Python package inside; null when absent or unlabelled. */
  runtimeVersion: string | null;
  /** Optional libraries that this image was built without; empty = the full set. */
  missingLibraries: string[];
  /** Search engines it has besides the built-in one, as in `flaml`. */
  engines: string[];
  /** Hash of what it was built from: sources and lock file; null when absent or unlabelled. */
  inputsHash: string | null;
  sizeBytes: number | null;
  createdAt: Date | null;
}

export interface BuildProgress {
  /** 0 to 100. */
  percent: number;
  /** What is being done now, for people. */
  step: string;
}

export interface BuildOptions {
  onProgress?: (progress: BuildProgress) => void;
  signal?: AbortSignal;
}

/** A model and the runtime image as one image that serves by itself, on any engine. */
export interface ModelImageSpec {
  /** Name and tag of the image: `modelwright/churn:3`. */
  reference: string;
  /** Host folder whose files are added; must lie in one of the adapter's allowed roots. Nothing is written to it. */
  folder: string;
  /** The program of the image; what a caller of `docker run` adds comes after it. */
  entrypoint: readonly string[];
  env: Readonly<Record<string, string>>;
  labels: Readonly<Record<string, string>>;
  /** TCP port that the program listens on. */
  port: number;
}

/** Where the files of a {@link ModelImageSpec} are in the image. */
export const MODEL_FOLDER_IN_IMAGE = '/opt/modelwright/model';

export interface NetworkStatus {
  name: string;
  present: boolean;
  /** Whether nothing can be reached from it: no host, no sibling, no outside, no name service. */
  isolated: boolean;
  /** What is open when it is not isolated, in words. */
  findings: string[];
}

/** Signals that a caller may send. */
export type ContainerSignal = 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'SIGUSR1' | 'SIGUSR2' | 'SIGHUP';
