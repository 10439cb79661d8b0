"""What Wine 8 lacks of Windows 10, added to the computer that it makes; the program stays as it is.

Two libraries of Windows are missing altogether. In three others, functions are: they are built anew
with these functions, and hand everything else on to Wine's own library under another name.
"""

import re
import subprocess
from pathlib import Path

COMPILER = "x86_64-w64-mingw32-gcc"
READER = "x86_64-w64-mingw32-objdump"
OVERRIDES = "icuuc,bcryptprimitives,propsys,cfgmgr32,ucrtbase=n"
"""Tells Wine to take what lies in the computer's folder, not what it brings."""
BUILT_IN = b"Wine builtin DLL"
"""Wine takes a file with this mark for its own, whatever its name is."""
ICU = """
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
NOT_THERE = {
    # Python's _wmi: it then asks in another way
    "propsys": {"VariantToString": "long VariantToString(void) { return 0x80004001; }"},
    # pyserial looks it up when it is loaded, to name errors: ERROR_GEN_FAILURE
    "cfgmgr32": {"CM_MapCrToWin32Err": "int CM_MapCrToWin32Err(void) { return 31; }"},
    # numpy. Win64 hands over a structure of 16 bytes by its address, one of 8 bytes by value
    "ucrtbase": {
        "creal": "double creal(struct { double r, i; } *z) { return z->r; }",
        "cimag": "double cimag(struct { double r, i; } *z) { return z->i; }",
        "crealf": "float crealf(F z) { return z.r; }",
        "cimagf": "float cimagf(F z) { return z.i; }",
    },
}
"""Functions that Wine's libraries lack, or only name."""
HEAD = "typedef struct { float r, i; } F;\nint _fltused;\n"
MAIN = "int __stdcall DllMainCRTStartup(void *a, unsigned b, void *c) { return 1; }\n"
EXPORT = re.compile(r"^\t\[ *\d+\] (\S+)$", re.MULTILINE)


def complete(system: Path) -> None:
    r"""Adds them to a computer's `C:\windows\system32`."""
    stubs = "".join(f"void *{name}(void) {{ return 0; }}\n" for name in ICU.split())
    _build(system / "icuuc.dll", stubs + MAIN, ICU.split())
    _build(system / "bcryptprimitives.dll", RANDOM + MAIN, ["ProcessPrng"], "-ladvapi32")
    for name, functions in NOT_THERE.items():
        _extend(system, name, functions)


def _extend(system: Path, name: str, functions: dict[str, str]) -> None:
    library, own = system / f"{name}.dll", system / f"wine_{name}.dll"
    own.write_bytes(library.read_bytes().replace(BUILT_IN, b"\0" * len(BUILT_IN), 1))
    listed = subprocess.run([READER, "-p", own], capture_output=True, text=True, check=True)
    present = set(EXPORT.findall(listed.stdout)) - set(functions)
    handed_on = [f'"{one}" = "{own.stem}.{one}"' for one in sorted(present)]
    library.unlink()  # it may be a link to Wine's own
    _build(library, HEAD + MAIN + "\n".join(functions.values()), [*functions, *handed_on])


def _build(library: Path, source: str, exports: list[str], *libraries: str) -> None:
    code, definitions = library.with_suffix(".c"), library.with_suffix(".def")
    code.write_text(source)
    definitions.write_text("\n".join([f"LIBRARY {library.name}", "EXPORTS", *exports, ""]))
    options = ["-shared", "-O1", "-w", "-nostdlib", "-fno-builtin"]
    files = ["-o", str(library), str(code), str(definitions)]
    subprocess.run([COMPILER, *options, *files, *libraries], check=True, timeout=60)
    code.unlink()
    definitions.unlink()
