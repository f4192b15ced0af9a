"""Runs the tests beside this file and prints one line of JSON for each: name, outcome and, where there is one, the reason."""

import json
import os
import sys
import unittest


class JsonLines(unittest.TestResult):
    def tell(self, test, outcome, reason=''):
        name = test.shortDescription() or str(test)
        print(json.dumps({'name': name, 'outcome': outcome, 'reason': reason}), flush=True)

    def addSuccess(self, test):
        self.tell(test, 'passed')

    def addSkip(self, test, reason):
        self.tell(test, 'skipped', reason)

    def addFailure(self, test, error):
        self.tell(test, 'failed', self._exc_info_to_string(error, test))

    addError = addFailure

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.tell(subtest, 'failed', self._exc_info_to_string(error, test))


sys.dont_write_bytecode = True
folder = os.path.dirname(os.path.abspath(__file__))
unittest.defaultTestLoader.discover(folder, pattern='*_test.py').run(JsonLines())
