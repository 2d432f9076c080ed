"""Words for sample pages: enough of several languages that a line looks like a line of text."""
from __future__ import annotations

from functools import lru_cache

import numpy as np

from mmseg.core.visualization.fonts import Font

ENGLISH = """
the of and a to in is that for it as with was on are by this be from at or an have which not
were one had all their more we has can there been when who will no than other its so out some
into time these two may then first any new such our between after most also over each where must
page model line table figure result section method value number water river light energy surface
market report annual quarter region station signal network letter column margin paper library
history question answer because however therefore although within without measure observed
temperature pressure increase decrease average estimate sample distribution parameter function
garden village mountain winter summer traveller merchant harbour evening morning silence journey
system process control design analysis research student university department committee meeting
agenda budget project schedule delivery customer contract payment invoice address small large
early late public common simple second third possible important different general shows gives
takes holds finds keeps begins follows remains becomes appears contains describes compares
reading writing printing binding drawing folding scanning labelled measured printed
""".split()

GERMAN = """
der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an
werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war
haben nur oder aber vor zur bis mehr durch man sein wurde Seite Zeile Spalte Tabelle Abbildung
Abschnitt Verfahren Ergebnis Bericht Haushalt Jahr Stadt Fluss Wasser Straße Brücke Gebäude
Universität Prüfung Messung Oberfläche Temperatur Druck Mittelwert Schätzung Verteilung
Anschrift Rechnung Lieferung Vertrag klein groß früh spät möglich wichtig allgemein zwischen
während jedoch deshalb zeigt gibt beschreibt vergleicht enthält Handelsgesellschaft
Donaudampfschifffahrt Zusammenfassung
""".split()

FRENCH = """
le la les de des du un une et en est que qui dans pour par sur avec ne pas plus au se ce il elle
sont ont été comme mais ou où leur nous vous son sa ses page ligne colonne tableau figure
section méthode résultat rapport année ville fleuve eau lumière énergie marché réseau lettre
marge papier bibliothèque histoire question réponse température pression moyenne échantillon
répartition fonction système étude université comité réunion contrat facture adresse livraison
petit grand premier deuxième possible important général montre donne décrit compare contient
entre après
""".split()

CHINESE = """
我们 研究 方法 结果 表格 图像 文字 页面 系统 数据 分析 模型 训练 学生 大学 报告 会议 项目 管理
市场 中国 北京 上海 时间 问题 工作 发展 社会 经济 技术 信息 网络 设计 计算 实验 测量 温度 压力
平均 分布 函数 参数 过程 控制 能源 水 光 河流 城市 历史 图书馆 文章 章节 标题 目录 说明 介绍
比较 包括 表示 可以 需要 通过 进行 因此 但是 以及 其中 第一 第二 第三 主要 重要 不同 一般 简单
年 月 日 的 是 在 有 和 了 不 为 这 与 对 中 上 下 大 小 新
""".split()

SPANISH = """
el la de que y a en un ser se no haber por con su para como estar tener le lo todo pero más hacer
o poder decir este ir otro ese si me ya ver porque dar cuando muy sin vez mucho saber qué sobre
página línea columna tabla figura sección método resultado informe año ciudad río agua luz energía
mercado red carta margen papel biblioteca historia pregunta respuesta temperatura presión media
muestra distribución función sistema estudio universidad comité reunión contrato factura dirección
entrega pequeño grande primero segundo posible importante general muestra describe contiene entre
""".split()

RUSSIAN = """
и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой ещё так для
от один мочь о такой год страница строка столбец таблица рисунок раздел метод результат отчёт город
река вода свет энергия рынок сеть письмо поле бумага библиотека история вопрос ответ температура
давление среднее оценка выборка распределение функция система исследование университет комитет
собрание договор счёт адрес поставка малый большой первый второй возможный важный общий показывает
описывает содержит между после
""".split()

LANGUAGES = {'english': ENGLISH, 'german': GERMAN, 'french': FRENCH, 'chinese': CHINESE,
             'spanish': SPANISH, 'russian': RUSSIAN}


@lru_cache(maxsize=20_000)
def text_width(text: str, font: Font) -> float:
    """Width of the text in pixels."""
    return font.getlength(text)


class Writer:
    """Random text of one language, the same for the same random generator.

    Args:
        rng: Where all draws come from.
        language: A key of ``LANGUAGES``.
    """

    def __init__(self, rng: np.random.Generator, language: str):
        self.rng = rng
        self.vocabulary = LANGUAGES[language]
        # Chinese sets its words without spaces between them.
        chinese = language == 'chinese'
        self.space, self.stop, self.comma = ('', '。', '，') if chinese else (' ', '. ', ', ')

    def word(self) -> str:
        """One word, short common ones (at the front of the list) more often than others."""
        place = int(len(self.vocabulary) * self.rng.random() ** 1.4)
        return self.vocabulary[place]

    def words(self, count: int) -> str:
        """A phrase of this many words that begins with a capital letter."""
        phrase = self.space.join(self.word() for _ in range(count))
        return phrase[:1].upper() + phrase[1:]

    def line(self, font: Font, width: float, begins: bool = True) -> str:
        """As many words as fit ``width`` pixels, with a full stop or comma now and then.

        ``begins`` says whether the first word begins a sentence. There is at least one word.
        """
        line = self.words(1) if begins else self.word()
        while True:
            mark = self.rng.random()
            word = self.word()
            if mark < 0.06:
                word = self.stop + word[:1].upper() + word[1:]
            elif mark < 0.14:
                word = self.comma + word
            else:
                word = self.space + word
            if text_width(line, font) + text_width(word, font) > width:
                return line
            line += word

    def figures(self) -> str:
        """A number as in tables."""
        value = float(self.rng.random()) * 10 ** int(self.rng.integers(1, 5))
        return (f'{value:.1f}', f'{value:,.0f}', f'{value / 100:.2f} %',
                f'{value:.2f}')[self.rng.integers(4)]
