"""Loading models and predicting with them, on small real models."""

import json
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import AutoModelForSequenceClassification, AutoTokenizer, XLMRobertaModel

from engine import attribution, catalog, models, runs
from engine.config import RunConfig
from engine.errors import InputError
from engine.results import Example

NLI = ("entailment", "neutral", "contradiction")
PAIRS = [
    ("The cat slept.", "An animal slept."),
    ("The tired teachers ate bread in the garden yesterday.", "Nobody ate."),
    ("Paka alilala.", "Mnyama alilala."),
    ("我们吃饭。", "狗睡了。"),
    ("Кошка спала.", "The dog did not read the long book."),
]


def example(text, pair=None, language="en"):
    return Example("1", "nli", language, text, pair, language)


EXAMPLES = [example(*pair) for pair in PAIRS]


@pytest.fixture(params=["tiny_xlmr", "tiny_bert"])
def folder(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def copy(tiny_xlmr, tmp_path):
    return shutil.copytree(tiny_xlmr, tmp_path / "model")


def edit_config(folder, **values):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def refused(name):
    with pytest.raises(InputError) as error:
        models.load(str(name))
    return str(error.value)


# ---- Predicting


def test_a_prediction_is_what_transformers_computes(folder):
    network = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    pieces = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for one, found in zip(EXAMPLES, models.load(str(folder)).predict(EXAMPLES), strict=True):
        encoding = pieces.encode(one.text, one.text_pair)
        with torch.no_grad():
            given = {"input_ids": torch.tensor([encoding.ids]), "attention_mask": torch.tensor([encoding.attention_mask])}
            if network.config.model_type == "bert":
                given["token_type_ids"] = torch.tensor([encoding.type_ids])
            wanted = network(**given).logits.softmax(-1)[0].tolist()
        assert found.probabilities == pytest.approx(dict(zip(NLI, wanted, strict=True)), abs=1e-5)
        assert found.label == NLI[wanted.index(max(wanted))]


def test_batches_agree_with_one_at_a_time_and_keep_the_order(folder):
    model = models.load(str(folder))
    alone = [model.predict([e])[0] for e in EXAMPLES]
    for size in (2, 32):
        together = model.predict(EXAMPLES, batch_size=size)
        assert [p.label for p in together] == [p.label for p in alone]
        for a, b in zip(together, alone, strict=True):
            assert a.probabilities == pytest.approx(b.probabilities, abs=1e-5)
    shown = {tuple(round(v, 4) for v in p.probabilities.values()) for p in alone}
    assert len(shown) == len(EXAMPLES), "the order can only be seen where predictions differ"


def test_equal_texts_are_scored_once(tiny_xlmr):
    model = models.load(str(tiny_xlmr))
    rows = []
    model.network.register_forward_pre_hook(lambda m, a, given: rows.append(len(given["input_ids"])), with_kwargs=True)
    repeated = [EXAMPLES[0], EXAMPLES[1], EXAMPLES[0], EXAMPLES[0], example("The cat slept.")]
    with pytest.raises(InputError, match="have a second text and others have none"):
        model.predict(repeated)
    rows.clear()
    found = model.predict([*repeated[:4], EXAMPLES[2]], batch_size=2)
    assert rows == [2, 1]
    assert found[0] == found[2] == found[3] != found[1]


def test_a_text_without_a_second_one(folder):
    network = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    ids = Tokenizer.from_file(str(folder / "tokenizer.json")).encode("The cat slept.").ids
    with torch.no_grad():
        wanted = network(torch.tensor([ids])).logits.softmax(-1)[0].tolist()
    assert list(models.load(str(folder)).predict([example("The cat slept.")])[0].probabilities.values()) == pytest.approx(wanted, abs=1e-5)


def test_no_examples_no_predictions(tiny_xlmr):
    assert models.load(str(tiny_xlmr)).predict([]) == []


def test_what_is_cut_off_is_counted_to_the_token(folder):
    model = models.load(str(folder))
    assert model.max_length == 64
    pieces = Tokenizer.from_file(str(folder / "tokenizer.json"))
    word = "The cat slept in the old garden. "
    texts = [example("The cat slept.", "No."), example(word * 4, word * 4), example("7" * 20, "8 " * 90)]
    wanted = [max(0, len(pieces.encode(e.text, e.text_pair).ids) - 64) for e in texts]
    assert wanted[0] == 0 and wanted[1] > 0 and wanted[2] > 0
    assert [p.truncated for p in model.predict(texts)] == wanted
    assert [model.truncated(e) for e in texts] == wanted


def test_a_short_text_of_many_bytes_is_counted_too(tiny_xlmr):
    # 15 emoji of four byte pieces each, two word starts and four special tokens: two more than fit.
    found = models.load(str(tiny_xlmr)).predict([example("😀" * 7, "🙂" * 8), example("😀" * 7, "🙂" * 7)])
    assert [p.truncated for p in found] == [2, 0]


# ---- Positions


def batch_of(rows, pad, masked=True):
    ids = torch.tensor(rows)
    return {"input_ids": ids, "attention_mask": (ids != pad).long() if masked else torch.ones_like(ids)}


@pytest.mark.parametrize(
    "rows, pad",
    [
        ([[0, 300, 301, 302, 2], [1, 1, 0, 303, 2]], 1),  # padding on the left
        ([[0, 300, 301, 302, 2], [0, 303, 2, 1, 1]], 1),  # on the right
        ([[0, 300, 1, 302, 2], [0, 303, 1, 1, 2]], 1),  # a padding id inside
    ],
)
@pytest.mark.parametrize("masked", [True, False])
def test_embeddings_in_place_of_ids_give_the_same_logits(tiny_xlmr, rows, pad, masked):
    network = models.load(str(tiny_xlmr)).network
    batch = batch_of(rows, pad, masked)
    with torch.no_grad():
        embeddings = network.get_input_embeddings()(batch["input_ids"])
        plain = network(**batch).logits
        assert torch.allclose(models.logits(network, batch), plain, atol=1e-6)
        assert torch.allclose(models.logits(network, batch, embeddings), plain, atol=1e-6)
        untold = network(inputs_embeds=embeddings, attention_mask=batch["attention_mask"]).logits
    if rows[1][0] == pad or 1 in rows[0]:
        assert not torch.allclose(untold, plain, atol=1e-3), "without positions the network numbers padding as text"


def test_positions_of_xlmr_by_hand(tiny_xlmr):
    network = models.load(str(tiny_xlmr)).network
    ids = torch.tensor([[1, 1, 0, 300, 2], [0, 300, 1, 301, 2]])
    assert models.position_ids(network, ids).tolist() == [[1, 1, 2, 3, 4], [2, 3, 1, 4, 5]]


@pytest.mark.parametrize("rows", [[[2, 30, 31, 3], [0, 0, 2, 3]], [[2, 30, 31, 3], [2, 3, 0, 0]], [[2, 0, 31, 3], [2, 30, 0, 3]]])
def test_bert_needs_no_positions(tiny_bert, rows):
    network = models.load(str(tiny_bert)).network
    batch = batch_of(rows, network.config.pad_token_id)
    assert models.position_ids(network, batch["input_ids"]) is None
    with torch.no_grad():
        embeddings = network.get_input_embeddings()(batch["input_ids"])
        assert torch.allclose(models.logits(network, batch, embeddings), network(**batch).logits, atol=1e-6)


# ---- Threads


def test_two_threads_get_what_one_gets(folder):
    model = models.load(str(folder))
    long = example("The cat slept in the old garden. " * 6, "No.")
    work = [*EXAMPLES, long]

    def all_of_it(turn):
        order = work if turn % 2 else work[::-1]
        scored = {e.text: (p.truncated, [round(v, 5) for v in p.probabilities.values()]) for e, p in zip(order, model.predict(order), strict=True)}
        explained = attribution.attribute(model, "integrated_gradients", EXAMPLES[turn % 5], "neutral", steps=6)
        return scored, [round(w.score, 4) for w in explained.words]

    alone = [all_of_it(turn) for turn in range(6)]
    start = threading.Barrier(2)

    def together(offset):
        start.wait()
        return [all_of_it(turn) for turn in (range(6) if offset == 0 else reversed(range(6)))]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(together, (0, 1))
    assert first == alone
    assert second == alone[::-1]


# ---- Loading and refusing


def test_labels_are_named_as_the_config_names_them(copy):
    edit_config(copy, id2label={"0": "Entailment", "1": "NEUTRAL", "2": " contradiction "})
    model = models.load(str(copy))
    assert model.labels == NLI
    assert set(model.predict(EXAMPLES[:1])[0].probabilities) == set(NLI)


def test_a_model_that_does_not_name_its_labels_is_refused(copy):
    edit_config(copy, id2label={"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"})
    assert "does not name its labels" in refused(copy)


def test_an_encoder_without_a_head_is_refused(tiny_xlmr, tmp_path):
    XLMRobertaModel.from_pretrained(tiny_xlmr).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny_xlmr).save_pretrained(tmp_path)
    assert "is an encoder without a classification head; train it on a task first" in refused(tmp_path)


def test_a_head_that_is_not_in_the_files_is_not_drawn_at_random(copy):
    weights = load_file(copy / "model.safetensors")
    save_file({k: v for k, v in weights.items() if not k.startswith("classifier.")}, copy / "model.safetensors", {"format": "pt"})
    assert "lack 4 weights that its network needs, for example classifier.dense.bias" in refused(copy)
    network = models.load_network("m", str(copy), ("different", "paraphrase"), any_head=True)
    assert network.classifier.out_proj.weight.shape == (2, 32)


def test_an_encoder_without_a_layer_is_refused_for_training_too(copy):
    weights = load_file(copy / "model.safetensors")
    save_file({k: v for k, v in weights.items() if ".layer.1." not in k}, copy / "model.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match=r"lack 16 weights .* example roberta.encoder.layer.1"):
        models.load_network("m", str(copy), NLI, any_head=True)


def test_a_head_for_other_labels_is_replaced_for_training_only(copy):
    labels = ("different", "paraphrase")
    with pytest.raises(InputError, match="could not be loaded|lack 2 weights"):
        models.load_network("m", str(copy), labels)
    before = load_file(copy / "model.safetensors")
    network = models.load_network("m", str(copy), labels, any_head=True)
    assert network.classifier.out_proj.weight.shape == (2, 32)
    assert torch.equal(network.get_input_embeddings().weight, before["roberta.embeddings.word_embeddings.weight"])


def test_a_new_head_keeps_the_encoder(folder):
    network = models.load(str(folder)).network
    fresh = models.new_head(network, ("different", "paraphrase"))
    encoder = network.base_model_prefix
    old, new = getattr(network, encoder).state_dict(), getattr(fresh, encoder).state_dict()
    assert list(old) == list(new) and all(torch.equal(old[k], new[k]) for k in old)
    assert fresh.config.id2label == {0: "different", 1: "paraphrase"}
    assert fresh(torch.tensor([[0, 5, 6, 2]])).logits.shape == (1, 2)


def test_a_folder_without_a_config_is_no_model(tmp_path):
    assert refused(tmp_path) == f"The folder {tmp_path} holds no config.json, so it is no model."


def test_a_damaged_config_is_said(copy):
    (copy / "config.json").write_text('{"model_type": ')
    assert refused(copy).startswith(f"The config.json in {copy} cannot be read: ")


def test_truncated_weights_are_refused(copy):
    whole = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    assert re.fullmatch(rf"The weights of {copy} cannot be read \(.+\): the file is cut off or damaged; restore it, or download it again\.", refused(copy))
    with pytest.raises(InputError, match="cut off or damaged"):
        models.load_encoder(str(copy))


def test_weights_that_are_no_safetensors_are_refused(copy):
    (copy / "model.safetensors").write_bytes(b"<!DOCTYPE html>" * 100)
    assert "the file is cut off or damaged" in refused(copy)


def test_pickled_weights_are_never_opened(copy):
    class Bomb:
        def __reduce__(self):
            return (open, (str(copy / "opened"), "w"))

    (copy / "model.safetensors").unlink()
    torch.save(Bomb(), copy / "pytorch_model.bin")
    assert "Only safetensors without remote code are loaded" in refused(copy)
    assert not (copy / "opened").exists()


def test_a_tokenizer_with_more_pieces_than_the_network_embeds_is_refused(copy):
    tokenizer = AutoTokenizer.from_pretrained(copy)
    tokenizer.add_tokens(["extra"])
    tokenizer.save_pretrained(copy)
    pieces = len(tokenizer)
    assert f"has {pieces} pieces, but its network embeds {pieces - 1}: they do not belong together" in refused(copy)


def test_a_tokenizer_with_far_fewer_pieces_than_the_network_embeds_is_refused(copy):
    network = AutoModelForSequenceClassification.from_pretrained(copy)
    pieces = network.config.vocab_size
    network.resize_token_embeddings(pieces + pieces // 10, mean_resizing=False)
    network.save_pretrained(copy)
    models.load(str(copy))  # rows to spare are usual
    network.resize_token_embeddings(2 * pieces, mean_resizing=False)
    network.save_pretrained(copy)
    assert f"pieces, far fewer than the {2 * pieces} that its network embeds: they do not belong together" in refused(copy)


def test_a_missing_tokenizer_is_said(copy):
    for file in copy.glob("tokenizer*"):
        file.unlink()
    assert refused(copy) == f"{copy} has no tokenizer files (tokenizer.json) beside its network; get complete files."


def test_a_damaged_tokenizer_is_named(copy):
    whole = (copy / "tokenizer.json").read_text()
    for content in ("{", whole[: len(whole) // 2], "[]"):
        (copy / "tokenizer.json").write_text(content)
        assert refused(copy).endswith(f"{copy.name}/tokenizer.json is cut off or damaged; restore it, or download it again.")


def test_an_unknown_name_gets_the_nearest(runs_root):
    assert refused("min").startswith("Unknown model 'min'. Did you mean mini")
    assert refused("../secret/model").startswith("Unknown model '../secret/model'.")


def test_a_hub_id_that_is_not_in_the_cache_is_said_offline(runs_root):
    assert refused("nobody-here/no-such-model").startswith("The model nobody-here/no-such-model could not be loaded: ")


def test_a_run_without_a_model_yet_is_said(runs_root):
    run = runs.create(RunConfig())
    with pytest.raises(InputError, match=f"The run {run.id} has no model yet: it is queued."):
        catalog.resolve(run.id)


# ---- The tokenizer of the project


def test_the_saved_tokenizer_is_the_trained_one(tiny_xlmr):
    loaded = AutoTokenizer.from_pretrained(tiny_xlmr)
    whole = Tokenizer.from_file(str(tiny_xlmr / "tokenizer.json"))
    texts = [t for pair in PAIRS for t in pair] + ["Cafe\u0301 und Straße", "  two  spaces ", "ＦＵＬＬ ﬁ", "हिन्दी", "don't <mask>?"]
    for text in texts:
        encoding, found = whole.encode(text), loaded(text, return_offsets_mapping=True)
        assert found["input_ids"] == encoding.ids
        assert [tuple(o) for o in found["offset_mapping"]] == encoding.offsets
    assert loaded("Cafe\u0301")["input_ids"] == loaded("Café")["input_ids"], "the normaliser was lost"
    assert loaded("Ｆ")["input_ids"] != loaded("F")["input_ids"], "full-width letters stay visible"


def test_the_text_of_a_byte_piece_is_no_byte(tiny_xlmr):
    loaded = AutoTokenizer.from_pretrained(tiny_xlmr)
    ids = loaded("x<0x41>", add_special_tokens=False)["input_ids"]
    assert loaded.convert_tokens_to_ids("<0x41>") not in ids
    assert len(ids) > 5
    assert loaded.decode(ids) == "x<0x41>"


@pytest.mark.parametrize("text", ["😀👩‍👩‍👧", "ⴰⵣⵓⵍ", "ᏣᎳᎩ", "𞤀𞤣𞤤𞤢𞤥", "한국어", "\u200b", "🇹🇿"])
def test_no_text_is_unknown(tiny_xlmr, text):
    loaded = AutoTokenizer.from_pretrained(tiny_xlmr)
    ids = loaded(text, add_special_tokens=False)["input_ids"]
    assert ids and loaded.unk_token_id not in ids
    assert loaded.decode(ids) == text
