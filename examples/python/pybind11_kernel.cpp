// A C++ function template as kernels of two types, and arrays handed to C++ and back.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <shoal/kernel.h>

namespace py = pybind11;

template <typename T>
int cube(const shoal_kernel_call *, size_t n, const void *const *in, void *const *out)
{
    const T *x = static_cast<const T *>(in[0]);
    T *y = static_cast<T *>(out[0]);
    for (size_t i = 0; i < n; i++) y[i] = x[i] * x[i] * x[i];
    return 0;
}

PYBIND11_MODULE(pybind11_kernel, module)
{
    // A lambda without captures is a function pointer too.
    int (*halved)(const shoal_kernel_call *, size_t, const void *const *, void *const *) =
        [](const shoal_kernel_call *, size_t n, const void *const *in, void *const *out) {
            for (size_t i = 0; i < n; i++)
                static_cast<double *>(out[0])[i] = static_cast<const double *>(in[0])[i] / 2;
            return 0;
        };
    module.attr("cube_double") = py::capsule(reinterpret_cast<void *>(&cube<double>), "kernel");
    module.attr("cube_float") = py::capsule(reinterpret_cast<void *>(&cube<float>), "kernel");
    module.attr("halved") = py::capsule(reinterpret_cast<void *>(halved), "kernel");
    module.def("total", [](py::array_t<double, py::array::c_style> x) { // no copy of shoal's arrays
        double sum = 0;
        for (py::ssize_t i = 0; i < x.size(); i++) sum += x.data()[i];
        return sum;
    });
}
