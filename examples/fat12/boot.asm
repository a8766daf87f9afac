; A boot sector that finds a file on a FAT12 floppy and prints it: README.TXT.
;
; The whole floppy is in this source: boot sector, two FATs, root directory
; and file, so that nothing but NASM is needed to make it. Any other program
; can read it: `mdir -i boot.bin ::` lists its files.

        bits 16
        org 0x7c00

; Where things are loaded: one sector at a time, except for the FAT.
BUFFER          equ 0x8000
FAT             equ 0x9000

; Shape of the disk: 1.44 MB.
SECTOR          equ 512
TRACK_SECTORS   equ 18
HEADS           equ 2
RESERVED        equ 1
FATS            equ 2
FAT_SECTORS     equ 9
ROOT_ENTRIES    equ 224
ROOT_SECTORS    equ ROOT_ENTRIES * 32 / SECTOR
ROOT            equ RESERVED + FATS * FAT_SECTORS
CLUSTERS        equ ROOT + ROOT_SECTORS - 2     ; cluster 2 is the first
END_OF_FILE     equ 0xff8                       ; this and above: no next cluster

boot_record:
        jmp     short start
        nop
        db      'STEPBACK'              ; name of the system that made it
        dw      SECTOR
        db      1                       ; sectors a cluster
        dw      RESERVED
        db      FATS
        dw      ROOT_ENTRIES
        dw      2880                    ; sectors
        db      0xf0                    ; media descriptor
        dw      FAT_SECTORS
        dw      TRACK_SECTORS
        dw      HEADS
        dd      0                       ; hidden sectors
        dd      0
        db      0                       ; drive
        db      0
        db      0x29                    ; the next three fields are there
        dd      0x20240101              ; serial number
        db      'STEPBACK   '           ; label
        db      'FAT12   '

start:
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, boot_record
        cld
        mov     [drive], dl             ; the BIOS tells where we came from

        mov     ax, RESERVED            ; the first FAT, whole
        mov     bx, FAT
        mov     cx, FAT_SECTORS
.fat:   call    read_sector
        inc     ax
        add     bx, SECTOR
        loop    .fat

        mov     ax, ROOT                ; the root directory, sector by sector
        mov     dx, ROOT_SECTORS
.root:  mov     bx, BUFFER
        call    read_sector
        mov     di, bx
.entry: cmp     byte [di], 0            ; no entry has been used from here on
        je      .absent
        mov     si, file_name
        mov     cx, 11
        push    di
        repe    cmpsb
        pop     di
        je      .found
        add     di, 32
        cmp     di, BUFFER + SECTOR
        jb      .entry
        inc     ax
        dec     dx
        jnz     .root
.absent:
        mov     si, not_found
        call    print
        jmp     stop

.found: mov     bp, [di + 28]           ; bytes in the file; ours is shorter than 64 KiB
        mov     si, [di + 26]           ; its first cluster
.cluster:
        lea     ax, [si + CLUSTERS]
        mov     bx, BUFFER
        call    read_sector
        mov     cx, SECTOR
        cmp     bp, cx
        jae     .whole
        mov     cx, bp                  ; the last one is not full
.whole: sub     bp, cx
        push    si
        mov     si, BUFFER
.char:  lodsb
        call    put_char
        loop    .char
        pop     si
        call    next_cluster
        cmp     si, END_OF_FILE
        jb      .cluster
stop:   hlt
        jmp     stop

; SI: a cluster; becomes the one that follows it in its file. An entry has 12
; bits: two of them share three bytes.
next_cluster:
        mov     bx, si
        shr     bx, 1
        lea     bx, [bx + si + FAT]     ; 1.5 bytes for each
        test    si, 1
        mov     si, [bx]
        jz      .even
        shr     si, 4
.even:  and     si, 0xfff
        ret

; Reads sector AX, from 0, to ES:BX; changes no register.
read_sector:
        pusha
        xor     dx, dx
        mov     cx, TRACK_SECTORS
        div     cx                      ; AX: track, DX: sector on it, from 0
        mov     cl, dl
        inc     cl
        mov     dh, al
        and     dh, HEADS - 1           ; head
        shr     ax, 1
        mov     ch, al                  ; cylinder
        mov     dl, [drive]
        mov     ax, 0x0201              ; INT 13h, AH=02h: read a sector
        int     0x13
        jc      .failed
        popa
        ret
.failed:
        mov     si, unreadable
        call    print
        jmp     stop

; Prints the text at DS:SI that ends with a zero.
print:
.next:  lodsb
        test    al, al
        jz      .done
        call    put_char
        jmp     .next
.done:  ret

; Prints the character AL at the cursor.
put_char:
        pusha
        mov     ah, 0x0e                ; INT 10h, AH=0Eh: teletype output
        mov     bx, 7
        int     0x10
        popa
        ret

file_name:      db 'README  TXT'
not_found:      db 'README.TXT is not on this disk.', 0
unreadable:     db 'The disk can not be read.', 0
drive:          db 0

        times 510 - ($ - $$) db 0
        dw      0xaa55

; ------------------------------------------------------------ the rest of the disk

; An entry of the FAT for each cluster: 0, 1 reserved, then the file's chain,
; which is 2, 4, 3 to show that a file need not lie in order.
%macro fat 0
        %%begin:
        db      0xf0, 0xff, 0xff        ; entries 0 and 1
        db      0x04, 0xf0, 0xff        ; 2 is followed by 4, 3 is the last
        db      0x03, 0x00, 0x00        ; 4 is followed by 3
        times FAT_SECTORS * SECTOR - ($ - %%begin) db 0
%endmacro
        fat
        fat

root:
        db      'STEPBACK   ', 0x08     ; the label
        times   20 db 0
        db      'README  TXT', 0x20     ; an archive file
        times   10 db 0
        dw      0x6000, 0x5821          ; 12:00:00, 2024-01-01
        dw      2                       ; first cluster
        dd      FILE_BYTES
        times ROOT_SECTORS * SECTOR - ($ - root) db 0

%macro line 1
        db      %1, 13, 10
%endmacro

; The file in its order of clusters 2, 4, 3: its second part lies behind its third.
first:
        line    'This text comes from a file on a FAT12 floppy.'
        line    ''
        line    'It has three clusters of 512 bytes. The directory entry names the first,'
        line    'the file allocation table the one after each. They do not lie in order:'
        line    'cluster 2 is followed by 4, and 4 by 3, which is the last.'
        line    ''
        line    'Put a breakpoint on next_cluster and watch SI.'
        times SECTOR - ($ - first) db '.'
third:
        db      13, 10
        line    '... and so the third part, from cluster 3. That is all.'
THIRD_BYTES     equ $ - third
        times SECTOR - ($ - third) db 0
second:
        db      13, 10
        line    'This is the second part, from cluster 4.'
        times SECTOR - ($ - second) db '-'
FILE_BYTES      equ 2 * SECTOR + THIRD_BYTES

        times 2880 * SECTOR - ($ - $$) db 0
