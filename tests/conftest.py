"""What all tests share."""

pytest_plugins = ("tests.suites", "tests.isolation", "tests.world")
