from unit_converter.tool import UnitConverter


def test_a_marathon_in_miles():
    assert round(UnitConverter().to_miles(42.195), 1) == 26.2


def test_there_and_back():
    converter = UnitConverter()
    assert abs(converter.to_kilometres(converter.to_miles(100.0)) - 100.0) < 0.001
