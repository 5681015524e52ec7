"""The suite of subject/suite.cpp for pytest: SUITE_TESTS tests (88), empty ones, or such that sleep as in subject/work.hpp."""

import os
import time

import pytest

SLEEPS = os.environ.get("SUITE_WORK") == "sleeps"


def milliseconds(number):
    if number == 87:
        return 400
    return 150 if number % 11 == 10 else 5 + number % 7


@pytest.mark.parametrize("number", range(int(os.environ.get("SUITE_TESTS", 88))))
def test(number):
    if SLEEPS:
        time.sleep(milliseconds(number) / 1000)
