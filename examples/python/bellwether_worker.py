"""A worker for Bellwether: takes runs from queues and reports what became of them.

The stream may break and the node may go away: the session goes on at whichever node answers next.
Handlers notice nothing; results are kept, and sent until a node says that they are stored.
"""

import logging
import os
import queue
import random
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

sys.path.insert(0, str(Path(__file__).parent / "generated"))
from bellwether.v1 import payload_pb2, worker_service_pb2 as pb  # noqa: E402
from bellwether.v1 import worker_service_pb2_grpc as rpc  # noqa: E402

log = logging.getLogger("bellwether")

# What trying again does not help.
FINAL = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.UNIMPLEMENTED,
}
KEEPALIVE = [("grpc.keepalive_time_ms", 3000), ("grpc.keepalive_timeout_ms", 3000)]


class Fatal(Exception):
    """Raised by a handler where another attempt would not help."""


class Worker:
    def __init__(self, addresses, queues, capacity=8, worker_id=None, namespace=""):
        self.addresses = list(addresses)
        self.queues = list(queues)
        self.capacity = capacity
        self.worker_id = worker_id or f"{socket.gethostname()}-{os.getpid()}"
        self.namespace = namespace
        self.handlers = {}
        self.session_id = ""
        self.held = {}  # (run_id, attempt) -> the result, or None while the handler runs
        self.cancelled = {}  # (run_id, attempt) -> an Event, set when the attempt is to end
        self.lock = threading.Lock()
        self.leaving = threading.Event()
        self.outbox = None
        self.pool = ThreadPoolExecutor(max_workers=capacity)

    def handle(self, name):
        """Registers a handler: it takes a run and an Event, and returns text, bytes or None."""

        def register(handler):
            self.handlers[name] = handler
            return handler

        return register

    def leave(self):
        """Takes no more runs, lets those under way end, and says goodbye."""
        self.leaving.set()
        self._say(capacity=pb.WorkerCapacity(n=0))
        self._goodbye_if_idle()

    def run(self):
        """Works until leave() was called and everything has ended."""
        failures = 0
        while True:
            address = self.addresses[0]
            try:
                if self._serve(address):
                    return
                failures = 0
            except grpc.RpcError as error:
                if error.code() in FINAL:
                    raise
                log.warning("%s: %s", address, error.details())
                failures += 1
            if self.leaving.is_set() and not self.held:
                return
            self.addresses.append(self.addresses.pop(0))
            time.sleep(min(0.1 * 2**failures, 2) * random.uniform(0.5, 1) if failures else 0)

    def _serve(self, address):
        """One stream, from hello to its end. Whether the worker said goodbye."""
        with grpc.insecure_channel(address, KEEPALIVE) as channel:
            outbox = queue.SimpleQueue()
            outbox.put(pb.WorkRequest(hello=self._hello()))
            responses = rpc.WorkerServiceStub(channel).Work(iter(outbox.get, None))
            try:
                for response in responses:
                    kind = response.WhichOneof("message")
                    if kind == "welcome":
                        self._welcomed(response.welcome, outbox)
                    elif kind == "runs":
                        for run in response.runs.runs:
                            self._begin(run)
                    elif kind == "acks":
                        self._acked(response.acks.acks)
                    elif kind == "cancel":
                        for cancel in response.cancel.cancels:
                            event = self.cancelled.get((cancel.run_id, cancel.attempt))
                            if event:
                                event.set()
                    elif kind == "drain":
                        log.info("%s leaves", address)
                        return False
                return self.leaving.is_set() and not self.held
            finally:
                with self.lock:
                    self.outbox = None
                outbox.put(None)
                responses.cancel()

    def _hello(self):
        with self.lock:
            held = [pb.HeldRun(run_id=run, attempt=attempt) for run, attempt in self.held]
        return pb.WorkerHello(
            worker_id=self.worker_id,
            namespace=self.namespace,
            session_id=self.session_id,
            queues=self.queues,
            handlers=list(self.handlers),
            capacity=0 if self.leaving.is_set() else self.capacity,
            held=held,
        )

    def _welcomed(self, welcome, outbox):
        self.session_id = welcome.session_id
        with self.lock:
            self.outbox = outbox
            unacked = [result for result in self.held.values() if result]
        for result in unacked:
            self._say(results=pb.WorkerResults(results=[result]))
        self._goodbye_if_idle()

    def _begin(self, run):
        key = (run.run_id, run.attempt)
        with self.lock:
            if key in self.held:
                return
            self.held[key] = None
            self.cancelled[key] = threading.Event()
        self.pool.submit(self._execute, run, key)

    def _execute(self, run, key):
        result = pb.RunResult(run_id=run.run_id, attempt=run.attempt)
        try:
            output = self.handlers[run.handler](run, self.cancelled[key])
            result.succeeded.SetInParent()
            if output is not None:
                text = isinstance(output, str)
                payload = payload_pb2.Payload(text=output) if text else payload_pb2.Payload(data=output)
                result.succeeded.output.CopyFrom(payload)
        except Exception as error:  # noqa: BLE001: whatever it is, it is how the attempt ended
            log.exception("%s failed", run.run_id)
            result.failed.message = f"{type(error).__name__}: {error}"
            result.failed.retryable = not isinstance(error, Fatal)
        with self.lock:
            self.held[key] = result
        self._say(results=pb.WorkerResults(results=[result]))

    def _acked(self, acks):
        with self.lock:
            for ack in acks:
                self.held.pop((ack.run_id, ack.attempt), None)
                self.cancelled.pop((ack.run_id, ack.attempt), None)
        self._goodbye_if_idle()

    def _goodbye_if_idle(self):
        with self.lock:
            idle = self.leaving.is_set() and not self.held
        if idle:
            self._say(goodbye=pb.WorkerGoodbye())

    def _say(self, **message):
        """Says something if there is a stream; what matters is said again on the next one."""
        with self.lock:
            if self.outbox is not None:
                self.outbox.put(pb.WorkRequest(**message))
