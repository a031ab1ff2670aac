"""What `pay` promises: run it with `python test_pay.py`; it needs no node and no generated code."""

import sys
import types
import unittest

# The handler's store needs nothing of the worker.
sys.modules.setdefault("bellwether_worker", types.SimpleNamespace(Fatal=Exception, Worker=None))
from worker import open_store, pay  # noqa: E402


class Pay(unittest.TestCase):
    def setUp(self):
        self.store = open_store(":memory:")

    def total(self, job="a"):
        return self.store.execute("SELECT paid FROM account WHERE job_uid = ?", (job,)).fetchone()[0]

    def test_a_repeated_attempt_pays_nothing(self):
        self.assertTrue(pay(self.store, "a", 1000, 7, 100))
        self.assertFalse(pay(self.store, "a", 1000, 7, 100))
        self.assertEqual(self.total(), 100)
        self.assertTrue(pay(self.store, "a", 2000, 7, 100))
        self.assertEqual(self.total(), 200)

    def test_an_outdated_leader_pays_nothing(self):
        self.assertTrue(pay(self.store, "a", 1000, 8, 100))
        self.assertFalse(pay(self.store, "a", 2000, 7, 100))
        self.assertEqual(self.total(), 100)

    def test_another_incarnation_is_another_job(self):
        self.assertTrue(pay(self.store, "a", 1000, 7, 100))
        self.assertTrue(pay(self.store, "b", 1000, 7, 100))

    def test_what_is_rolled_back_was_never_paid(self):
        with self.assertRaises(ZeroDivisionError):
            with self.store:
                self.store.execute("INSERT INTO account VALUES ('a', 100, 1000, 7)")
                raise ZeroDivisionError
        self.assertTrue(pay(self.store, "a", 1000, 7, 100))
        self.assertEqual(self.total(), 100)


if __name__ == "__main__":
    unittest.main()
