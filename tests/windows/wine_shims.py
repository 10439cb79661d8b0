"""What Wine 8 lacks of Windows 10, added to an installed tree so that it runs there.

Never for a tree that is shipped: `installer/build.py` refuses one that was altered like this.
"""

import itertools
import struct
import subprocess
from pathlib import Path

COMPILER = "x86_64-w64-mingw32-gcc"
ERROR_NAMES, INSTEAD = "CM_MapCrToWin32Err", "CM_Get_Parent"
"""pyserial looks up the first when it is loaded, to name errors; Wine has only the other."""
MOST_IMPORTS = 500
"""Of one library, read at most."""
SYSTEM_ICU = """
    ucnv_open ucnv_close UCNV_FROM_U_CALLBACK_SUBSTITUTE UCNV_TO_U_CALLBACK_SUBSTITUTE ucnv_reset
    ucnv_getMaxCharSize ucnv_getName ucnv_getToUCallBack ucnv_getFromUCallBack ucnv_setToUCallBack
    ucnv_setFromUCallBack ucnv_cbToUWriteUChars ucnv_toUnicode ucnv_cbFromUWriteUChars
    ucnv_toUCountPending ucnv_fromUCountPending ucnv_getStandardName ucnv_getAvailableName
    ucnv_countAvailable ucnv_fromUnicode
"""
"""Qt6Core imports these of Windows' own ICU. It converts nothing in Muster: stubs will do."""
RANDOM = """
unsigned char __stdcall SystemFunction036(void *, unsigned long);
int __stdcall ProcessPrng(unsigned char *to, unsigned long long size) {
    while (size) {
        unsigned long part = size > 4096 ? 4096 : (unsigned long)size;
        if (!SystemFunction036(to, part)) return 0;
        to += part;
        size -= part;
    }
    return 1;
}
"""
"""Modules written in Rust ask bcryptprimitives.dll for random bytes: here, RtlGenRandom's."""
MATHS = b"api-ms-win-crt-math-l1-1-0.dll"
OURS = b"wine-crt-math.dll"
ADDED = {"icuuc.dll", "bcryptprimitives.dll", OURS.decode()}
"""Files that `fit_for_wine` adds to a tree."""
COMPLEX = {
    # Win64: a structure of 16 bytes is handed over by its address, one of 8 bytes by value
    "creal": "double creal(C *z) { return z->r; }",
    "cimag": "double cimag(C *z) { return z->i; }",
    "crealf": "float crealf(F z) { return z.r; }",
    "cimagf": "float cimagf(F z) { return z.i; }",
}
"""numpy imports these of the C library, and Wine's stops the process when one is called."""
COMPLEX_HEAD = "typedef struct { double r, i; } C; typedef struct { float r, i; } F;\n"
DLL_MAIN = "int _fltused; int __stdcall DllMainCRTStartup(void *a, unsigned b, void *c) {return 1;}"


def fit_for_wine(installed: Path) -> None:
    """Alters a tree that was just installed, also where an earlier one was altered before."""
    runtime = installed / "runtime"
    (runtime / "_wmi.pyd").unlink(missing_ok=True)  # Wine lacks a function that it calls
    ports = installed / "site" / "serial" / "tools" / "list_ports_windows.py"
    ports.write_text(ports.read_text("utf-8").replace(f".{ERROR_NAMES}", f".{INSTEAD}"), "utf-8")
    stubs = "".join(f"void *{name}(void) {{ return 0; }}\n" for name in SYSTEM_ICU.split())
    _build(runtime / "icuuc.dll", stubs, "\n".join(SYSTEM_ICU.split()))
    _build(runtime / "bcryptprimitives.dll", RANDOM, "ProcessPrng", libraries=("advapi32",))
    _replace_complex_maths(installed / "site", runtime)


def _replace_complex_maths(site: Path, runtime: Path) -> None:
    """Gives the modules that need it a library with the four functions.

    It hands everything else on to the C library.
    """
    names, modules = set(COMPLEX), []
    for path in sorted(site.rglob("*.pyd")):
        imported = _imported_maths(path) if MATHS in path.read_bytes() else set()
        if imported & set(COMPLEX):
            names |= imported
            modules.append(path)
    assert modules, "no module imports these functions any more: this part can go"
    source = COMPLEX_HEAD + "".join(f"{text}\n" for text in COMPLEX.values()) + DLL_MAIN
    exports = [name if name in COMPLEX else f"{name} = ucrtbase.{name}" for name in sorted(names)]
    _build(runtime / OURS.decode(), source, "\n".join(exports), "-fno-builtin", "-nostdlib")
    for path in modules:
        altered = path.read_bytes().replace(MATHS, OURS.ljust(len(MATHS), b"\0"))
        copy = path.with_suffix(".altered")  # never in place: the file may have another name, too
        copy.write_bytes(altered)
        copy.replace(path)


def _imported_maths(module: Path) -> set[str]:
    """The names that a 64-bit module imports of the C library's mathematics."""
    data = module.read_bytes()
    (header,) = struct.unpack_from("<I", data, 0x3C)
    sections, optional = struct.unpack_from("<6xH12xH", data, header)
    table = header + 24 + optional

    def place(address: int) -> int:
        """Where in the file lies what is loaded at this address."""
        for number in range(sections):
            size, start, _, offset = struct.unpack_from("<4I", data, table + 40 * number + 8)
            if start <= address < start + size:
                return int(offset + address - start)
        raise ValueError(f"{module} has no section for {address:#x}")

    def text(at: int) -> bytes:
        return data[at : data.index(b"\0", at)]

    (imports,) = struct.unpack_from("<I", data, header + 24 + 112 + 8)
    for entry in range(place(imports), len(data), 20):
        names, library = struct.unpack_from("<I8xI", data, entry)
        if not names:
            return set()
        if text(place(library)).lower() == MATHS:
            found = iter(struct.iter_unpack("<Q", data[place(names) :][: 8 * MOST_IMPORTS]))
            addresses = itertools.takewhile(bool, (address for (address,) in found))
            return {text(place(address) + 2).decode() for address in addresses}
    return set()


def _build(
    library: Path, source: str, exports: str, *options: str, libraries: tuple[str, ...] = ()
) -> None:
    code, definitions = library.with_suffix(".c"), library.with_suffix(".def")
    code.write_text(source)
    definitions.write_text(f"LIBRARY {library.stem}\nEXPORTS\n{exports}\n")
    files = [str(library), str(code), str(definitions)]
    linked = [f"-l{name}" for name in libraries]
    command = [COMPILER, "-shared", "-O1", *options, "-o", *files, *linked]
    subprocess.run(command, check=True, timeout=60)
    code.unlink()
    definitions.unlink()
