"""Which kind of shoe the photographs of the class `shoes` show: labelled by hand from contact sheets of the 198, since
the set does not tell.

Fashion-MNIST's Sneaker holds low closed shoes of all kinds, its Sandal what is open or held by straps, its Ankle boot
what covers the ankle. Pumps, ballerinas, clogs, slippers and what the sheet does not show are left out: that set has no
class for them. A photograph is named by the first eight signs of its file's name.
"""

from collections.abc import Mapping
from types import MappingProxyType

_NAMES = {
    "Sandal": (
        "04fa06fb 08215318 0a30baec 0fd66046 17e48b37 1e3ce182 30b6fd9b 33a07241 34c94dfc 3cf61c2b 3ebf66af "
        "51e600b8 530c78c5 5435b7dd 6048d80e 61bbb3a2 68477f32 75557d1e 76649754 78b155de 78c51dc2 7d0a2ea3 "
        "802451d1 8232d894 82fd1225 8b6de4c0 8e9a0079 927451d0 929c8097 94484af7 9e27ae62 a28a7997 a3e5af58 "
        "abea332f b00f4c40 b076b1c5 b2d23f7d bcc238bc c287c715 c48bde60 c8582c70 c96187e8 d9cf6f6d d9d9456b "
        "db5aab31 de127ace e0b088bd e2dfcb33 ea4afd28 ee368b50 f744c13f f8a7abd7 fb9e862c "
    ),
    "Sneaker": (
        "00f6e504 0bacb2c4 0e6871ee 10ca393d 15839171 17f835b2 189a94de 1ece3817 22d0ec9a 240bafc9 240f72f6 "
        "2d77ba82 2dfbea36 30021bac 35707ebd 38bec7b5 3a5f03b9 3c4df256 43b4bd38 50f6bd8d 51c73057 523ba963 "
        "552bd3bb 56a45826 578688ef 5923677d 6190369c 70d6fdd0 75912d0d 765235f1 76bf8091 87a3d476 88d7e8fc "
        "8c2759e4 8e34ebaa 8f945c82 9016f21f 9a7ca413 9b68ea5b 9ff58614 a3c97765 ade4c3c3 bf583ce5 bf78527f "
        "c9da02e3 cadf29a3 cedf742b cf846233 d09be031 d10acc75 d1ced6ee d2084754 d4e28f4e d68db0de d6c3190d "
        "d748ed88 de853711 e3f2266a f5dbed9d f7b209c5 fb0e4090 fbdddc68 fe177283 "
    ),
    "Ankle boot": (
        "1558e0ca 206b6566 261b36f3 2fb68610 30feae84 38cf3258 3b86d877 3ddf90e9 49d3b29c 5846855b 598fb3d5 "
        "5fea042c 6829991a 76acd48d 778b036d 79ff13ef 84cfca64 9c97e52f a7b367e2 ac8a9f3c b2d00753 b3586849 "
        "c224d361 ca045c6f d03275bf f56febf3 f5bb1e14 f72b6737 fa5fe172 "
    ),
}
SHOES: Mapping[str, str] = MappingProxyType({name: kind for kind, names in _NAMES.items() for name in names.split()})


def kind_of_shoe(file: str) -> str | None:
    """Sandal, Sneaker or Ankle boot, by the file's name; None where it is left out."""
    return SHOES.get(file[:8])
