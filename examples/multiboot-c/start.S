/* Entered by a Multiboot 1 loader: protected mode, flat segments, EAX its magic, EBX its information. */
        .set    MAGIC, 0x1badb002
        .set    FLAGS, 3                # page-aligned modules, memory information

        .section .multiboot, "a"
        .long   MAGIC
        .long   FLAGS
        .long   -(MAGIC + FLAGS)

        .text
        .globl  start
start:
        movl    $stack_end, %esp
        pushl   %ebx
        pushl   %eax
        call    kernel
        cli
halt:   hlt
        jmp     halt

        .bss
        .align  16
stack:  .skip   16384
stack_end:
