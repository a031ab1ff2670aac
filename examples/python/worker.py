"""A worker with a handler that acts once for each fire time, whatever happens to it.

Each run adds a line to a ledger of payments in SQLite. That it has been done is noted by the same
UPDATE that does it, so an attempt that follows one that died after its commit changes nothing.
"""

import argparse
import logging
import signal
import sqlite3
import threading

from bellwether_worker import Fatal, Worker


def open_store(path):
    store = sqlite3.connect(path)
    store.execute(
        "CREATE TABLE IF NOT EXISTS account ("
        " job_uid TEXT PRIMARY KEY, paid INTEGER NOT NULL, fire_time INTEGER NOT NULL,"
        " epoch INTEGER NOT NULL)"
    )
    return store


def pay(store, job_uid, fire_time, epoch, amount):
    """Pays once for (job_uid, fire_time); whether this call was the one."""
    with store:  # one transaction
        store.execute("INSERT OR IGNORE INTO account VALUES (?, 0, -1, -1)", (job_uid,))
        done = store.execute(
            "UPDATE account SET paid = paid + ?, fire_time = ?, epoch = ?"
            " WHERE job_uid = ? AND fire_time < ? AND epoch <= ?",
            (amount, fire_time, epoch, job_uid, fire_time, epoch),
        )
    return done.rowcount == 1


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--address", default="127.0.0.1:7400", help="nodes, by commas")
    arguments.add_argument("--database", default="payments.db")
    arguments = arguments.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    open_store(arguments.database).close()

    worker = Worker(arguments.address.split(","), queues=["payments"])

    @worker.handle("pay")
    def handle(run, cancelled):
        if not run.payload.text.isdigit():
            raise Fatal("the payload is no amount")  # another attempt would not help
        store = open_store(arguments.database)
        fire_time = run.fire_time.ToMilliseconds()
        paid = pay(store, run.job_uid, fire_time, run.epoch, int(run.payload.text))
        total = store.execute(
            "SELECT paid FROM account WHERE job_uid = ?", (run.job_uid,)
        ).fetchone()[0]
        store.close()
        word = "paid" if paid else "was paid already"
        logging.info("%s attempt %d: %s, %d in all", run.job_id, run.attempt, word, total)
        return f"{word}, {total} in all"

    def leave(*_):
        threading.Thread(target=worker.leave).start()

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    logging.info("waiting for runs; Ctrl-C leaves in good order")
    worker.run()


if __name__ == "__main__":
    main()
