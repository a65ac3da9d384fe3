def test_it():
    status = dict(line.rstrip().split(":", 1) for line in open("/proc/self/status"))
    assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2"
