"""Real kernels, forked from a process that has already imported what every chapter needs.

`start.warm_kernels` starts one warm process and lets it go; `provisioner` is how jupyter_client asks it for a kernel;
`process` is that process; `kernel` is what a fork does to become a kernel; `wire` is what they say to each other.
Linux only: elsewhere, and whenever anything is unlike an ordinary Python kernel, the stock kernel is started instead.
"""
