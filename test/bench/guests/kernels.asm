; A boot sector that runs compute kernels in flat 32-bit code for ever: a sieve, Collatz sequences, calls, copies.
; 'S' goes to the debug console (port E9h) and, for emulators without one, to the serial port at the start and after each
; round.
org 0x7c00
bits 16
    cli
    lgdt [gdtr]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 8:start
bits 32
start:
    mov ax, 16
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, 0x80000
    call mark
round:
    ; sieve of Eratosthenes up to 200,000
    mov edi, 0x200000
    mov ecx, 50000
    mov eax, 0x01010101
    rep stosd
    mov esi, 2
.prime:
    cmp byte [0x200000 + esi], 0
    je .next
    mov eax, esi
    imul eax, esi
    cmp eax, 200000
    jae .sieved
.strike:
    mov byte [0x200000 + eax], 0
    add eax, esi
    cmp eax, 200000
    jb .strike
.next:
    inc esi
    jmp .prime
.sieved:
    ; lengths of Collatz sequences from 20,000 down
    mov ebx, 20000
.number:
    mov eax, ebx
.term:
    cmp eax, 1
    je .last
    test al, 1
    jz .even
    lea eax, [eax + eax * 2 + 1]
    jmp .term
.even:
    shr eax, 1
    jmp .term
.last:
    dec ebx
    jnz .number
    ; calls with stack frames
    mov ecx, 200000
.call:
    push ecx
    call leaf
    pop ecx
    dec ecx
    jnz .call
    call mark
    jmp round
mark:
    mov al, 'S'
    out 0xe9, al
    mov dx, 0x3f8
    out dx, al
    ret
leaf:
    push ebp
    mov ebp, esp
    mov eax, [ebp + 8]
    add eax, 3
    pop ebp
    ret
gdt:
    dq 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
gdtr:
    dw 23
    dd gdt
    times 510 - ($ - $$) db 0
    dw 0xaa55
