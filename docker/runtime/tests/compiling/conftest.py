"""An image built without the package index has no ONNX; then there is nothing to test of it."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

has_onnx = find_spec("onnx") is not None and find_spec("onnxruntime") is not None
collect_ignore = [] if has_onnx else ["test_compiled_onnx.py"]
