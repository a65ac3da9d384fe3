def test_it():
    status = dict(line.rstrip().split(":", 1) for line in open("/proc/self/status"))
    rights = [name for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb") if name in status]
    assert len(rights) >= 4 and all(int(status[name], 16) == 0 for name in rights)
