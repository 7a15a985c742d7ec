"""Models of every family lie beside the tests of their translation; ONNX may be missing here."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "compiling"))

has_onnx = find_spec("onnx") is not None and find_spec("onnxruntime") is not None
collect_ignore = [] if has_onnx else ["test_onnx_file.py"]
