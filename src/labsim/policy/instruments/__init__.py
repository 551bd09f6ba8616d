"""Instruments, one file each; files in this folder are found by themselves."""
