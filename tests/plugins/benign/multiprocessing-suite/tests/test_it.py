import multiprocessing


def double(number):
    return 2 * number


def test_it():
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        assert pool.map(double, range(4)) == [0, 2, 4, 6]
