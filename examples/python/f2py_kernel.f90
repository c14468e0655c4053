! A subroutine for NumPy's arrays, and the kernel that runs it over shoal's:
!     python -m numpy.f2py -c f2py_kernel.f90 -m f2py_kernel

! z = a * x + y; f2py makes f2py_kernel.axpy(a, x, y) of it.
subroutine axpy(a, x, y, z, n)
    implicit none
    integer, intent(in) :: n
    double precision, intent(in) :: a, x(n), y(n)
    double precision, intent(out) :: z(n)
    z = a * x + y
end subroutine

! The `elements` of shoal/kernel.h. f2py does not know type(c_ptr): pointers are integers here. The
! call's second one leads to the parameters. intent(c) lets f2py take the function as it is.
integer(c_int) function axpy_kernel(call_, n, inputs, outputs) bind(C)
    use iso_c_binding
    implicit none
    integer(c_intptr_t), intent(in) :: call_(2), inputs(2), outputs(1)
    integer(c_int64_t), value :: n
    !f2py intent(c) axpy_kernel
    double precision, pointer :: a(:), x(:), y(:), z(:)
    call c_f_pointer(transfer(call_(2), c_null_ptr), a, [1])
    call c_f_pointer(transfer(inputs(1), c_null_ptr), x, [n])
    call c_f_pointer(transfer(inputs(2), c_null_ptr), y, [n])
    call c_f_pointer(transfer(outputs(1), c_null_ptr), z, [n])
    call axpy(a(1), x, y, z, int(n))
    axpy_kernel = 0
end function
