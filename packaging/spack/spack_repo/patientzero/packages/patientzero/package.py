# SPDX-License-Identifier: BSD-2-Clause
from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class Patientzero(CMakePackage):
    """Reads the packet archive of a network telescope and counts the addresses that scanned a TCP port: how the Conficker
    worm broke out on 21 November 2008, and who was first."""

    # There is no release to fetch yet: `spack develop --path SOURCE patientzero@main` builds what lies there.
    homepage = "file:///patientzero"
    has_code = True

    license("BSD-2-Clause", checked_by="the authors")

    version("main", branch="main", git="file:///patientzero")

    variant("mpi", default=True, description="Run on many ranks")
    variant("isal", default=True, description="Inflate with ISA-L", when="target=x86_64:")
    variant("isal", default=True, description="Inflate with ISA-L", when="target=aarch64:")
    variant("zstd", default=True, description="Read zstd too")
    variant("lzma", default=True, description="Read xz too")
    variant("bzip2", default=True, description="Read bzip2 too")
    variant("lz4", default=True, description="Read lz4 too")
    variant("maxminddb", default=True, description="Read countries from a MaxMind DB")
    variant("gnuplot", default=True, description="Draw figures")
    variant("page", default=False, description="Give the report page zoom and maps (npm fetches libraries while it builds)")

    depends_on("c", type="build")
    depends_on("cmake@3.18:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("gzip", type="build")
    depends_on("libpcap")
    depends_on("zlib-api")
    depends_on("nettle@3")
    depends_on("croaring@0.2.66:")
    depends_on("mpi", when="+mpi")
    depends_on("isa-l", when="+isal")
    depends_on("zstd", when="+zstd")
    depends_on("xz", when="+lzma")
    depends_on("bzip2", when="+bzip2")
    depends_on("lz4", when="+lz4")
    depends_on("libmaxminddb", when="+maxminddb")
    depends_on("gnuplot+cairo", type="run", when="+gnuplot")
    depends_on("node-js@18:", type="build", when="+page")
    # For the tests.
    depends_on("cmocka", type="test")
    depends_on("python@3.9:", type="test")

    def cmake_args(self):
        return [
            self.define_from_variant("PZ_MPI", "mpi"),
            self.define("PZ_ISAL", self.spec.satisfies("+isal")),
            self.define_from_variant("PZ_ZSTD", "zstd"),
            self.define_from_variant("PZ_LZMA", "lzma"),
            self.define_from_variant("PZ_BZIP2", "bzip2"),
            self.define_from_variant("PZ_LZ4", "lz4"),
            self.define_from_variant("PZ_MAXMINDDB", "maxminddb"),
            self.define_from_variant("PZ_PAGE", "page"),
            self.define("PZ_TESTS", self.run_tests),
        ]
