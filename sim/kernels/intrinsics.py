"""Single machine instructions as numba intrinsics."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import extending, types

# The annotations of numba state that the caller passes the typing context, too.
intrinsic: Any = extending.intrinsic
_INT = ir.IntType(32)


@intrinsic
def as_float(typing_context, bits):
    """Read 32 bits as a float."""
    return types.float32(types.int32), lambda c, builder, s, args: builder.bitcast(args[0], ir.FloatType())


@intrinsic
def as_bits(typing_context, x):
    """Read a float as 32 bits."""
    return types.int32(types.float32), lambda c, builder, s, args: builder.bitcast(args[0], _INT)


@intrinsic
def fma(typing_context, a, b, c):
    """Return ``a b + c``, rounded once."""
    three = (types.float32,) * 3
    return types.float32(*three), lambda context, builder, s, args: builder.fma(*args)


@intrinsic
def trailing_zeros(typing_context, word):
    """Return the number of zero bits below the lowest that is set, of 64 bits that are not all zero."""

    def generate(context, builder, signature, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


@intrinsic
def prefetch(typing_context, column, row):
    """Prefetch an entry of a column; a row beyond the end is harmless."""

    def generate(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        where = builder.bitcast(builder.gep(data, [args[1]]), ir.IntType(8).as_pointer())
        call = builder.module.declare_intrinsic(
            "llvm.prefetch", (where.type,), ir.FunctionType(ir.VoidType(), [where.type, _INT, _INT, _INT])
        )
        # For reading; highest locality; data cache.
        builder.call(call, [where, _INT(0), _INT(3), _INT(1)])
        return context.get_dummy_value()

    return types.void(column, types.intp), generate
