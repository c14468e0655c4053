! A Fortran function as a kernel: gfortran -O3 -shared -fPIC fortran_kernel.f90 -o libkernel.so
module kernels
    use iso_c_binding
    implicit none
contains
    ! y = a * x + y, element by element
    integer(c_int) function axpy(call_, n, inputs, outputs) bind(C)
        type(c_ptr), value :: call_
        integer(c_size_t), value :: n
        type(c_ptr), intent(in) :: inputs(2), outputs(1)
        real(c_double), pointer :: x(:), y(:), z(:)
        call c_f_pointer(inputs(1), x, [n])
        call c_f_pointer(inputs(2), y, [n])
        call c_f_pointer(outputs(1), z, [n])
        z = 2.5d0 * x + y
        axpy = 0
    end function
end module
