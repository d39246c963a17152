# SPDX-License-Identifier: BSD-2-Clause
# Spack's own packages have no CRoaring. The digests of 4.3.8, 4.4.0 and 0.2.66 are those of Homebrew's formula.
from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class Croaring(CMakePackage):
    """Roaring bitmaps in C: compressed sets of integers."""

    homepage = "https://roaringbitmap.org"
    url = "https://github.com/RoaringBitmap/CRoaring/archive/refs/tags/v4.4.0.tar.gz"
    git = "https://github.com/RoaringBitmap/CRoaring.git"

    license("Apache-2.0 OR MIT", when="@2:")
    license("Apache-2.0", when="@:1")

    version("4.4.0", sha256="5fd485bfdb83261143e6d0ad8967bf779cf99eda6747ac198d861f3b8e4a1e46")
    version("4.3.8", sha256="7586262e70630e63b4513806498ebf9464168fdd6ada6e14f2aca568951fd1a5")
    version(
        "0.2.66",
        sha256="df98bd8f6ff09097ada529a004af758ff4d33faf6a06fadf8fad9a6533afc241",
        url="https://github.com/RoaringBitmap/CRoaring/archive/v0.2.66.tar.gz",
    )

    variant("shared", default=True, description="Build a shared library")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.15:", type="build")

    def cmake_args(self):
        shared = self.spec.satisfies("+shared")
        return [
            self.define("BUILD_SHARED_LIBS", shared),
            self.define("ROARING_BUILD_STATIC", not shared),  # the name that versions before 1.0 know
            self.define("ENABLE_ROARING_TESTS", self.run_tests),
        ]
