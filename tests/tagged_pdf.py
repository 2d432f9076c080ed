"""Tagged PDFs, written by hand."""


def write(folder, elements, content):
    """A tagged PDF with a page of 500 x 600 points.

    Args:
        folder: For the file ``a.pdf``.
        elements: Each a kind, the number of its parent from 1 (0 for the root), and its contents:
            marked-content ids.
        content: Lines of text: id or None, x, y from above, text.
    """
    first = 7
    kids = {parent: [f'{first + number} 0 R' for number, (_, other, _) in enumerate(elements)
                     if other == parent] for parent in range(len(elements) + 1)}
    tree = [f'<< /Type /StructElem /S /{kind} /P {first + parent - 1} 0 R /Pg 3 0 R '
            f'/K [{" ".join([*map(str, marks), *kids[number]])}] >>'
            for number, (kind, parent, marks) in enumerate(elements, 1)]
    tree = [part.replace(f'/P {first - 1} 0 R', '/P 6 0 R') for part in tree]
    drawn = ''
    for mark, x, y, text in content:
        line = f'BT /F 12 Tf {x} {600 - y} Td ({text}) Tj ET'
        drawn += line + '\n' if mark is None else f'/P << /MCID {mark} >> BDC\n{line}\nEMC\n'
    objects = [
        '<< /Type /Catalog /Pages 2 0 R /MarkInfo << /Marked true >> /StructTreeRoot 6 0 R >>',
        '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
        '<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox [0 0 500 600] /StructParents 0 '
        '/Resources << /Font << /F 5 0 R >> >> >>',
        f'<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream',
        '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
        f'<< /Type /StructTreeRoot /K [{" ".join(kids[0])}] /ParentTree {first + len(tree)} 0 R >>',
        *tree]
    owner = {mark: f'{first + number} 0 R' for number, (_, _, marks) in enumerate(elements)
             for mark in marks}
    objects.append(f'<< /Nums [0 [{" ".join(owner[mark] for mark in sorted(owner))}]] >>')
    body = ''.join(f'{number} 0 obj\n{text}\nendobj\n' for number, text in enumerate(objects, 1))
    file = folder / 'a.pdf'
    file.write_text(f'%PDF-1.7\n{body}trailer << /Root 1 0 R /Size {len(objects) + 1} >>\n%%EOF\n')
    return file
