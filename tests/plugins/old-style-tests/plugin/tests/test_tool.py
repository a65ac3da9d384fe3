import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from old_style_tests import Tool


class ToolTest(unittest.TestCase):
    def setUp(self):
        self.tool = Tool()

    def test_adds(self):
        self.assertEqual(self.tool.execute(2, 2), 4)

    def test_adds_negatives(self):
        self.assertEqual(self.tool.execute(-2, 2), 0)
