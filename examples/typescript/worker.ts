// A worker in TypeScript. The .proto files are read when it starts; no code is generated.
//
//   npm install && npm start
//   bellwether job create greet --every 5s --worker greetings/hello --payload World

import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import * as loader from "@grpc/proto-loader";

interface Run {
  run_id: string;
  job_id: string;
  job_uid: string;
  attempt: number;
  epoch: string;
  handler: string;
  payload?: { text?: string; data?: Buffer };
}
interface Result {
  run_id: string;
  attempt: number;
  succeeded?: { output?: { text: string } };
  failed?: { message: string; retryable: boolean };
}
type Handler = (run: Run, signal: AbortSignal) => Promise<string | void>;

const root = fileURLToPath(new URL("../../../proto", import.meta.url));
const definition = loader.loadSync("bellwether/v1/worker_service.proto", {
  includeDirs: [root],
  keepCase: true,
  longs: String,
  enums: String,
  oneofs: true,
});
const packageV1 = (grpc.loadPackageDefinition(definition) as any).bellwether.v1;
const final = [
  grpc.status.INVALID_ARGUMENT,
  grpc.status.UNAUTHENTICATED,
  grpc.status.PERMISSION_DENIED,
  grpc.status.UNIMPLEMENTED,
];

class Worker {
  private session = "";
  // What outlives a stream: runs under way, and results that no node has stored yet.
  private held = new Map<string, { run: Run; abort: AbortController; result?: Result }>();
  private stream?: any;
  private leaving = false;

  constructor(
    private addresses: string[],
    private queues: string[],
    private handlers: Record<string, Handler>,
    private capacity = 8,
  ) {}

  /** Takes no more runs, lets those under way end, and says goodbye. */
  leave() {
    this.leaving = true;
    this.stream?.write({ capacity: { n: 0 } });
    this.goodbyeIfIdle();
  }

  async run() {
    for (let failures = 0; ; ) {
      const error = await this.serve(this.addresses[0]);
      if (this.leaving && this.held.size === 0) return;
      if (error && final.includes(error.code)) throw error;
      failures = error ? failures + 1 : 0;
      if (error) console.warn(`${this.addresses[0]}: ${error.details}`);
      this.addresses.push(this.addresses.shift()!);
      const wait = failures ? Math.min(100 * 2 ** failures, 2000) * (0.5 + Math.random() / 2) : 0;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /** One stream, from hello to its end; what ended it, unless the node sent the worker on. */
  private serve(address: string): Promise<grpc.ServiceError | undefined> {
    const client = new packageV1.WorkerService(address, grpc.credentials.createInsecure(), {
      "grpc.keepalive_time_ms": 3000,
      "grpc.keepalive_timeout_ms": 3000,
    });
    const stream = client.Work();
    return new Promise((resolve) => {
      const end = (error?: grpc.ServiceError) => {
        this.stream = undefined;
        stream.cancel();
        client.close();
        resolve(error);
      };
      stream.on("error", end);
      stream.on("end", () => end());
      stream.on("data", (response: any) => {
        if (response.message === "welcome") this.welcomed(response.welcome.session_id, stream);
        if (response.message === "runs") response.runs.runs.forEach((run: Run) => this.begin(run));
        if (response.message === "acks") this.acked(response.acks.acks);
        if (response.message === "cancel") {
          for (const one of response.cancel.cancels) this.held.get(key(one))?.abort.abort();
        }
        if (response.message === "drain") end();
      });
      stream.write({
        hello: {
          worker_id: `node-${process.pid}`,
          session_id: this.session,
          queues: this.queues,
          handlers: Object.keys(this.handlers),
          capacity: this.leaving ? 0 : this.capacity,
          held: [...this.held.values()].map(({ run }) => ({ run_id: run.run_id, attempt: run.attempt })),
        },
      });
    });
  }

  private welcomed(session: string, stream: any) {
    this.session = session;
    this.stream = stream;
    const results = [...this.held.values()].flatMap(({ result }) => (result ? [result] : []));
    if (results.length > 0) stream.write({ results: { results } });
    this.goodbyeIfIdle();
  }

  private async begin(run: Run) {
    if (this.held.has(key(run))) return;
    const entry = { run, abort: new AbortController(), result: undefined as Result | undefined };
    this.held.set(key(run), entry);
    const result: Result = { run_id: run.run_id, attempt: run.attempt };
    try {
      const text = await this.handlers[run.handler](run, entry.abort.signal);
      result.succeeded = text ? { output: { text } } : {};
    } catch (error) {
      result.failed = { message: String(error), retryable: true };
    }
    entry.result = result;
    this.stream?.write({ results: { results: [result] } });
  }

  private acked(acks: { run_id: string; attempt: number }[]) {
    for (const ack of acks) this.held.delete(key(ack));
    this.goodbyeIfIdle();
  }

  private goodbyeIfIdle() {
    if (this.leaving && this.held.size === 0) this.stream?.write({ goodbye: {} });
  }
}

function key(one: { run_id: string; attempt: number }) {
  return `${one.run_id}/${one.attempt}`;
}

const address = process.env.BELLWETHER_ADDRESS ?? "127.0.0.1:7400";
const worker = new Worker(address.split(","), ["greetings"], {
  async hello(run) {
    const name = run.payload?.text ?? "nobody";
    console.log(`Hello ${name}: ${run.run_id} of ${run.job_id}, attempt ${run.attempt}`);
    return `greeted ${name}`;
  },
});
process.on("SIGINT", () => worker.leave());
process.on("SIGTERM", () => worker.leave());
console.log("waiting for runs; Ctrl-C leaves in good order");
await worker.run();
