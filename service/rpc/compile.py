"""`python -m service.rpc.compile`: writes inference.binpb, what protoc makes of inference.proto. Needs grpcio-tools.

inference.proto  ->  protoc  ->  FileDescriptorSet
"""

import tempfile
from pathlib import Path

from grpc_tools import protoc

FOLDER = Path(__file__).parent


def compiled() -> bytes:
    """The descriptors as they have to be in inference.binpb."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "inference.binpb"
        failed = protoc.main(["protoc", f"-I{FOLDER}", f"--descriptor_set_out={out}", "inference.proto"])
        if failed:
            raise SystemExit(failed)
        return out.read_bytes()


if __name__ == "__main__":
    (FOLDER / "inference.binpb").write_bytes(compiled())
