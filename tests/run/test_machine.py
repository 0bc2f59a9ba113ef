from threadpoolctl import threadpool_info

from honed.run import machine


def test_the_processor_and_its_kernels_are_named() -> None:
    assert machine.processor()
    (name,) = {each["internal_api"] for each in threadpool_info() if each["user_api"] == "blas"}
    assert machine.kernels().startswith(name)
