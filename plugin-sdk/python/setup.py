"""Compiles the wire contract to a descriptor set beside the package, as part of every build and editable install.

A descriptor set, not generated code: it does not tie the version of protobuf that builds to the one that runs. In a
checkout the contract is `proto/dragoman/plugin.proto`; a source distribution carries a copy.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = Path(__file__).resolve().parent
COPY = HERE / "proto" / "dragoman" / "plugin.proto"
CHECKOUT = HERE.parents[1] / "proto" / "dragoman" / "plugin.proto"
OUTPUT = HERE / "src" / "dragoman_plugin" / "plugin.binpb"


def contract() -> Path:
    """The contract: the checkout's where there is one, else the copy of a source distribution."""
    return CHECKOUT if CHECKOUT.exists() else COPY


def compile_contract() -> None:
    """Write the descriptor set; raises where the compiler refuses the contract."""
    from grpc_tools import protoc

    source = contract()
    arguments = [
        "protoc",
        f"--proto_path={source.parent}",
        f"--descriptor_set_out={OUTPUT}",
        source.name,
    ]
    if protoc.main(arguments) != 0:
        raise RuntimeError(f"protoc refuses {source}")


class BuildWithContract(build_py):
    """Also runs for editable installs, where the output lands in the checkout (and is not kept in git)."""

    def run(self) -> None:
        compile_contract()
        super().run()


class SdistWithContract(sdist):
    """Takes the contract along, so that a source distribution builds alone."""

    def run(self) -> None:
        if CHECKOUT.exists():
            COPY.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(CHECKOUT, COPY)
        compile_contract()
        super().run()


setup(cmdclass={"build_py": BuildWithContract, "sdist": SdistWithContract})
