"""A client of Bellwether from outside Rust: create, get and delete a job, and what comes of errors.

It knows nothing but the .proto files, which it compiles as any client would, and says on its last
line what it did. Any surprise ends it with a message and exit code 1.

    python crud.py --address 127.0.0.1:7400 --proto proto
"""

import argparse
import importlib
import pathlib
import sys
import tempfile
import uuid

import grpc
from grpc_tools import protoc


def compile_protos(root, out):
    """Compiles every .proto file under root into Python modules in out."""
    sources = sorted(str(path) for path in pathlib.Path(root).rglob("*.proto"))
    if not sources:
        sys.exit(f"there are no .proto files in {root}")
    bundled = str(pathlib.Path(protoc.__file__).parent / "_proto")
    failed = protoc.main(
        ["protoc", f"-I{root}", f"-I{bundled}", f"--python_out={out}", f"--grpc_python_out={out}"]
        + sources
    )
    if failed:
        sys.exit(f"protoc failed with {failed}")
    sys.path.insert(0, out)


def expect(what, seen, wanted):
    """Ends the program unless the two are equal."""
    if seen != wanted:
        sys.exit(f"{what}: {seen!r} instead of {wanted!r}")


def expect_status(code, call, request):
    """Makes a call that must fail with the code, and returns the error."""
    try:
        call(request, timeout=10)
    except grpc.RpcError as error:
        expect("the status", error.code(), code)
        return error
    sys.exit(f"the call succeeded where {code} was due: {request}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", required=True, help="where a node serves gRPC")
    parser.add_argument("--proto", required=True, help="the directory of the .proto files")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="bellwether-python-") as out:
        compile_protos(options.proto, out)
        crud(options.address)


def crud(address):
    """The calls themselves."""
    api = importlib.import_module("bellwether.v1.job_service_pb2")
    stubs = importlib.import_module("bellwether.v1.job_service_pb2_grpc")
    model = importlib.import_module("bellwether.v1.job_pb2")
    triggers = importlib.import_module("bellwether.v1.trigger_pb2")

    with grpc.insecure_channel(address) as channel:
        jobs = stubs.JobServiceStub(channel)

        job = model.Job(id="from/python", description="made by crud.py", labels={"lang": "python"})
        job.trigger.cron.expression = "30 2 * * *"
        job.trigger.cron.timezone = "Europe/Berlin"
        job.target.noop.SetInParent()
        job.policy.max_instances = 2
        request = api.CreateJobRequest(job=job, request_id=str(uuid.uuid4()))
        created = jobs.CreateJob(request, timeout=10)
        expect("created", created.created, True)
        expect("the state", created.job.state, model.JOB_STATE_ACTIVE)
        expect("the namespace", created.job.namespace, "default")
        uid = uuid.UUID(created.job.uid)
        expect("the version of the uid", uid.version, 7)

        repeated = jobs.CreateJob(request, timeout=10)
        expect("the uid of a repeated request", repeated.job.uid, created.job.uid)

        name = api.GetJobRequest(job_id="from/python")
        got = jobs.GetJob(name, timeout=10)
        expect("the description", got.job.description, "made by crud.py")
        expect("the labels", dict(got.job.labels), {"lang": "python"})
        expect("the expression", got.job.trigger.cron.expression, "30 2 * * *")
        expect("the timezone", got.job.trigger.cron.timezone, "Europe/Berlin")
        expect("the policy given", got.job.policy.max_instances, 2)
        expect("the effective timeout", got.job.effective_policy.timeout.seconds, 3600)
        expect("the next fire times", len(got.next_fire_times), 5)
        expect("the first of them", got.next_fire_times[0], got.job.next_fire_time)

        again = api.CreateJobRequest(job=job, request_id=str(uuid.uuid4()))
        expect_status(grpc.StatusCode.ALREADY_EXISTS, jobs.CreateJob, again)
        bad = model.Job(id="bad", trigger=triggers.Trigger())
        bad.trigger.cron.expression = "30 25 * * *"
        bad.target.noop.SetInParent()
        error = expect_status(
            grpc.StatusCode.INVALID_ARGUMENT, jobs.CreateJob, api.CreateJobRequest(job=bad)
        )
        if "hour" not in error.details():
            sys.exit(f"the message does not name the field: {error.details()!r}")

        listed = jobs.ListJobs(api.ListJobsRequest(label_selector="lang=python"), timeout=10)
        expect("the listed jobs", [job.id for job in listed.jobs], ["from/python"])

        deleted = jobs.DeleteJob(api.DeleteJobRequest(job_id="from/python"), timeout=10)
        expect("deleted", deleted.deleted, True)
        expect_status(grpc.StatusCode.NOT_FOUND, jobs.GetJob, name)

    print(f"created, got and deleted from/python ({uid})")


if __name__ == "__main__":
    main()
