import os


def test_it():
    assert not [name for name in os.environ if name.startswith(("CARGO", "AIRLOCK", "RUST", "NEXTEST", "DOCKER"))]
