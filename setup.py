"""What the wheel holds: the product without demo and benchmarks, and the files of `resources/`.

All else stands in pyproject.toml, which cannot say that a package lies in a folder of another name.
"""

from setuptools import find_namespace_packages, setup

RESOURCES = "console._resources"
FILES = (
    "email",
    "fonts",
    "help/en",
    "help/ms",
    "help/zh-Hans",
    "icons",
    "locale",
    "models",
    "person",
    "portal/static",
    "portal/templates",
    "privacy",
    "updates",
)

setup(
    packages=[
        *find_namespace_packages(
            include=["console*", "bridge*"], exclude=["console.bench*", "console.demo*"]
        ),
        RESOURCES,
    ],
    include_package_data=False,  # takes only what is listed here
    package_dir={RESOURCES: "resources"},
    package_data={
        RESOURCES: ["CREDITS.md", *(f"{folder}/*" for folder in FILES)],
        "console": ["py.typed"],
        "bridge": ["py.typed"],
    },
)
